"""Models for `andon bench quantization torch:NAME`: exports a network of PyTorch to ONNX.

    python3 export_torch.py unet|unet_bilinear|NAME_OF_TORCHVISION OUT.onnx SIZE

Weights are random, from a fixed seed; statistics of BatchNorm are settled on random blobs of random
brightness, so that signals keep the strength that they have in trained networks.
"""
import sys

import torch
from torch import nn

from torch_networks import UNet


def network(name):
    if name.startswith('unet'):
        return UNet('bilinear' if name == 'unet_bilinear' else 'transposed', [16, 32, 64, 128])
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
