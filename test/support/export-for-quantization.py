"""Exports networks of torchvision, timm and a small U-Net by both exporters of torch, and prints the files' names as JSON."""
import json
import sys

import torch
from torch import nn

register = torch.library.register_fake


def register_if_there(name, *rest, **options):
    """A torchvision without its compiled operators still has its networks."""
    return (lambda f: f) if name.startswith('torchvision') else register(name, *rest, **options)


torch.library.register_fake = register_if_there
import timm  # noqa: E402
from torchvision import models  # noqa: E402


def block(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
    )


class UNet(nn.Module):
    def __init__(self, up):
        super().__init__()
        self.up, self.first, self.second, self.join = up, block(3, 8), block(8, 16), block(16, 8)
        self.rise = nn.ConvTranspose2d(16, 8, 2, 2) if up == 'transposed' else nn.Conv2d(16, 8, 1)
        self.head = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        skip = self.first(x)
        y = self.second(nn.functional.max_pool2d(skip, 2))
        if self.up != 'transposed':
            y = nn.functional.interpolate(y, scale_factor=2, mode=self.up)
        return torch.sigmoid(self.head(self.join(torch.cat([self.rise(y), skip], 1))))


torch.manual_seed(0)
networks = {
    'torchvision-mobilenet_v2': models.mobilenet_v2(), 'torchvision-resnet18': models.resnet18(),
    'timm-mobilenetv2_100': timm.create_model('mobilenetv2_100', pretrained=False),
    'unet-transposed': UNet('transposed'), 'unet-nearest': UNet('nearest'), 'unet-bilinear': UNet('bilinear'),
}
files = []
for name, network in networks.items():
    with torch.no_grad():
        for _ in range(6):
            network.train()(torch.rand(4, 3, 64, 64) * torch.rand(4, 1, 1, 1) * 4 - 1)
    network.eval()
    for style, opset in (('legacy', 13), ('legacy', 17), ('dynamo', 18), ('dynamo', 20)):
        path = f'{sys.argv[1]}/{name}-{style}-{opset}.onnx'
        common = dict(input_names=['x'], output_names=['y'], opset_version=opset)
        if style == 'legacy':
            torch.onnx.export(network, torch.zeros(1, 3, 64, 64), path, dynamo=False,
                              dynamic_axes={'x': {0: 'batch'}, 'y': {0: 'batch'}}, **common)
        else:
            # Weights in a file beside the model, as newer versions of torch write by default.
            torch.onnx.export(network, (torch.zeros(2, 3, 64, 64),), path, dynamo=True, verbose=False,
                              dynamic_shapes=({0: torch.export.Dim('batch')},), external_data=True, **common)
        files.append(path)
print(json.dumps(files))
