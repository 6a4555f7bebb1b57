"""Models for `andon bench quantization torch:NAME`: exports a network of PyTorch to ONNX.

    python3 export_torch.py unet|unet_bilinear|NAME_OF_TORCHVISION OUT.onnx SIZE

Weights are random, from a fixed seed; statistics of BatchNorm are settled on random blobs of random
brightness, so that signals keep the strength that they have in trained networks.
"""
import sys

import torch
from torch import nn

register = torch.library.register_fake


def register_if_there(name, *rest, **options):
    """A torchvision without its compiled operators still has its networks."""
    return (lambda f: f) if name.startswith('torchvision') else register(name, *rest, **options)


torch.library.register_fake = register_if_there


def block(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
    )


class UNet(nn.Module):
    """Four levels from 16 filters on; the way up by transposed convolutions or by interpolation."""

    def __init__(self, up):
        super().__init__()
        widths = [16, 32, 64, 128]
        self.up = up
        self.down = nn.ModuleList(block(i, o) for i, o in zip([3] + widths[:-1], widths))
        pairs = list(zip(widths[:0:-1], widths[-2::-1]))
        self.rise = nn.ModuleList(nn.ConvTranspose2d(i, o, 2, 2) if up == 'transposed' else nn.Conv2d(i, o, 1) for i, o in pairs)
        self.join = nn.ModuleList(block(2 * o, o) for _, o in pairs)
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x):
        skips = []
        for level, down in enumerate(self.down):
            x = down(x if level == 0 else nn.functional.max_pool2d(x, 2))
            skips.append(x)
        for rise, join, skip in zip(self.rise, self.join, skips[-2::-1]):
            if self.up != 'transposed':
                x = nn.functional.interpolate(x, scale_factor=2, mode=self.up, align_corners=False)
            x = join(torch.cat([rise(x), skip], 1))
        return torch.sigmoid(self.head(x))


def network(name):
    if name.startswith('unet'):
        return UNet('bilinear' if name == 'unet_bilinear' else 'transposed')
    from torchvision import models
    return models.get_model(name, weights=None)


name, target, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.manual_seed(0)
model = network(name).train()
with torch.no_grad():
    for _ in range(8):
        blobs = torch.randn(4, 3, 7, 7) * torch.rand(4, 1, 1, 1) + torch.randn(4, 1, 1, 1)
        model(nn.functional.interpolate(blobs, size, mode='bilinear') + 0.1 * torch.randn(4, 3, size, size))
torch.onnx.export(
    model.eval(), torch.zeros(1, 3, size, size), target, input_names=['input'], output_names=['output'],
    opset_version=17, dynamo=False,
)
