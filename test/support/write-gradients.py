"""Exports models and writes what torch's autograd says of them.

Usage: write-gradients.py FOLDER SIZE MODEL…; MODEL is `torchvision:resnet18`, `timm:resnet10t` or `unet`. FOLDER/MODEL gets
x.bin [2,3,S,S], probe.bin and y.bin of the output's size, parameters.safetensors and gradients.safetensors of
Σ probe·y, and the model as script.onnx (TorchScript exporter) and dynamo.onnx (the newer one). Batch normalisations have
random statistics and are fused first, so that parameters are those of the exported files.
"""
import contextlib
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.fx.experimental.optimization import fuse


class UNet(nn.Module):
    def __init__(self):
        super().__init__()

        def block(inputs, outputs):
            first = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
            return nn.Sequential(*first, nn.Conv2d(outputs, outputs, 3, padding=1), nn.ReLU())

        self.a, self.b, self.c = block(3, 8), block(8, 16), block(16, 32)
        self.pool = nn.MaxPool2d(2)
        self.up1, self.d1 = nn.ConvTranspose2d(32, 16, 2, 2), block(32, 16)
        self.up0, self.d0 = nn.Upsample(scale_factor=2, mode="bilinear"), block(24, 8)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(self.pool(a))
        deep = self.d1(torch.cat([self.up1(self.c(self.pool(b))), b], 1))
        return self.out(self.d0(torch.cat([self.up0(deep), a], 1)))


def create(name):
    library, _, model = name.partition(":")
    if library == "unet":
        return UNet()
    if library == "timm":
        import timm

        return timm.create_model(model, pretrained=False)
    import torchvision

    return getattr(torchvision.models, model)(weights=None)


def randomise(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
    # Exporters leave out zero biases, and write equal parameters once.
    for parameter in model.parameters():
        if (parameter == parameter.flatten()[0]).all():
            parameter.data.add_(torch.randn_like(parameter) * 0.1)


def write(folder, size, name):
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(0)
    model = create(name).eval()
    randomise(model)
    if any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
        model = fuse(model)
    x = torch.rand(2, 3, size, size)
    y = model(x)
    probe = torch.randn_like(y)
    (y * probe).sum().backward()
    for key, value in {"x": x, "y": y, "probe": probe}.items():
        value.detach().numpy().tofile(os.path.join(folder, f"{key}.bin"))
    parameters = dict(model.named_parameters())
    save_file({key: p.detach().contiguous() for key, p in parameters.items()}, os.path.join(folder, "parameters.safetensors"))
    gradients = {key: p.grad.contiguous() for key, p in parameters.items() if p.grad is not None}
    save_file(gradients, os.path.join(folder, "gradients.safetensors"))
    torch.onnx.export(model, (x,), os.path.join(folder, "script.onnx"), dynamo=False)
    torch.onnx.export(model, (x,), os.path.join(folder, "dynamo.onnx"), dynamo=True, external_data=False, verbose=False)


with contextlib.redirect_stdout(sys.stderr):
    for name in sys.argv[3:]:
        write(os.path.join(sys.argv[1], name.replace(":", "-")), int(sys.argv[2]), name)
