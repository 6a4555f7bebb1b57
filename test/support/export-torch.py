"""Exports networks of torchvision and a small U-Net to ONNX and prints how many parameters torch counts, as JSON."""
import json
import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2] / 'bench'))
from torch_networks import block  # noqa: E402
from torchvision import models  # noqa: E402


class UNet(nn.Module):
    """Two levels; the decoder resizes to the size of its skip, so that sizes are computed in the graph."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.join = block(3, 8), block(8, 16), block(16, 8)
        self.up = nn.ConvTranspose2d(16, 8, 2, 2)
        self.head = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        skip = self.first(x)
        y = self.up(self.second(nn.functional.max_pool2d(skip, 2)))
        y = nn.functional.interpolate(y, size=skip.shape[2:])
        return self.head(self.join(torch.cat([y, skip], 1)))


counts = {}
for name, network in {'resnet18': models.resnet18(), 'mobilenet_v2': models.mobilenet_v2(), 'unet': UNet()}.items():
    torch.onnx.export(
        network, torch.zeros(2, 3, 64, 64), f'{sys.argv[1]}/{name}.onnx',
        input_names=['x'], output_names=['y'], dynamic_axes={'x': {0: 'batch', 2: 'height', 3: 'width'}},
        training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False, dynamo=False,
    )
    counts[name] = sum(parameter.numel() for parameter in network.parameters())
print(json.dumps(counts))
