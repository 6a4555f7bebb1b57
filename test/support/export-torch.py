"""Exports networks of torchvision and a small U-Net to ONNX and prints how many parameters torch counts, as JSON."""
import json
import sys

import torch
from torch import nn

register = torch.library.register_fake


def register_if_there(name, *rest, **options):
    """A torchvision without its compiled operators still has its networks."""
    return (lambda f: f) if name.startswith('torchvision') else register(name, *rest, **options)


torch.library.register_fake = register_if_there
from torchvision import models  # noqa: E402


def block(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
    )


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
