"""Peer of `andon bench training mobilenet-v2-unet`: one training step of the same network in PyTorch on the CPU.

    python3 mobilenet_v2_unet_torch.py BATCH SIZE [threads=N] [channels_last]

MobileNetV2 (width 1.0) as encoder; skips are the last expansions in front of each halving, the
bottom is the last projection without its normalisation; on the way up 3x3 transposed convolutions
of stride 2 with BatchNorm and ReLU; a last one gives the mask; BCE from logits; Adam. Prints the median
milliseconds of a step and the process's peak memory.
"""
import resource
import statistics
import sys
import time

import torch
from torch import nn

GROUPS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
DECODER = [512, 256, 128, 64]


def conv(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


def conv_norm_relu(inputs, outputs, kernel, stride=1, groups=1):
    norm = nn.BatchNorm2d(outputs, eps=1e-3)
    return nn.Sequential(conv(inputs, outputs, kernel, stride, groups), norm, nn.ReLU6(inplace=True))


class Block(nn.Module):
    def __init__(self, inputs, outputs, expansion, stride, last):
        super().__init__()
        wide = inputs * expansion
        self.expand = conv_norm_relu(inputs, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = conv_norm_relu(wide, wide, 3, stride, groups=wide)
        norm = nn.Identity() if last else nn.BatchNorm2d(outputs, eps=1e-3)
        self.project = nn.Sequential(conv(wide, outputs, 1), norm)
        self.residual = stride == 1 and inputs == outputs
        self.halves = stride > 1

    def forward(self, x):
        wide = self.expand(x)
        y = self.project(self.depthwise(wide))
        return wide, (x + y if self.residual else y)


class Up(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1, bias=False)
        self.norm = nn.Sequential(nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))

    def forward(self, x, skip):
        return torch.cat([self.norm(self.conv(x)), skip], 1)


class MobileNetV2UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = conv_norm_relu(3, 32, 3, 2)
        blocks, channels, skips = [], 32, []
        for expansion, outputs, count, stride in GROUPS:
            for i in range(count):
                if i == 0 and stride > 1:
                    skips.append(channels * expansion)
                blocks.append(Block(channels, outputs, expansion, stride if i == 0 else 1, last=outputs == 320))
                channels = outputs
        self.blocks = nn.ModuleList(blocks)
        ups = []
        for outputs, skip in zip(DECODER, reversed(skips)):
            ups.append(Up(channels, outputs))
            channels = outputs + skip
        self.ups = nn.ModuleList(ups)
        self.mask = nn.ConvTranspose2d(channels, 1, 3, 2, padding=1, output_padding=1)

    def forward(self, x):
        x, skips = self.first(x), []
        for block in self.blocks:
            wide, x = block(x)
            if block.halves:
                skips.append(wide)
        for up, skip in zip(self.ups, reversed(skips)):
            x = up(x, skip)
        return self.mask(x)


def main():
    batch, size = (int(a) for a in sys.argv[1:3])
    options = dict(a.split("=") for a in sys.argv[3:] if "=" in a)
    channels_last = "channels_last" in sys.argv
    torch.set_num_threads(int(options.get("threads", 2)))
    torch.manual_seed(0)
    net = MobileNetV2UNet()
    image, mask = torch.randn(batch, 3, size, size), (torch.rand(batch, 1, size, size) > 0.5).float()
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
        image = image.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    times = []
    for _ in range(12):
        start = time.perf_counter()
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(net(image), mask).backward()
        optimizer.step()
        times.append((time.perf_counter() - start) * 1e3)
    layout = "channels_last" if channels_last else "nchw"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    parameters = sum(p.numel() for p in net.parameters())
    print(
        f"torch {torch.__version__} {layout} {batch}@{size} {parameters} parameters: "
        f"median {statistics.median(times[2:]):.0f} ms/step, peak {peak:.0f} MiB"
    )


if __name__ == "__main__":
    main()
