"""Exports networks of torchvision, timm and a small U-Net by both exporters of torch, and prints the files' names as JSON."""
import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / 'bench'))
from torch_networks import UNet  # noqa: E402
import timm  # noqa: E402
from torchvision import models  # noqa: E402

torch.manual_seed(0)
networks = {
    'torchvision-mobilenet_v2': models.mobilenet_v2(), 'torchvision-resnet18': models.resnet18(),
    'timm-mobilenetv2_100': timm.create_model('mobilenetv2_100', pretrained=False),
    'unet-transposed': UNet('transposed', [8, 16]), 'unet-nearest': UNet('nearest', [8, 16]), 'unet-bilinear': UNet('bilinear', [8, 16]),
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
