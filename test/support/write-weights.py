"""Writes a model's random weights as safetensors and ONNX, an image and what the model makes of it.

Usage: write-weights.py ARCHITECTURE FOLDER SIZE FILE…; ARCHITECTURE is `torchvision:resnet50`, `timm:mobilenetv2_100`,
`keras:ResNet50` … FOLDER gets x.bin [2,3,S,S] in [0,1], features.bin and the FILEs asked for: weights.safetensors and, of
torch models, kept.onnx (batch normalisation as it is), folded.onnx (by the TorchScript exporter) and dynamo.onnx (by the
newer one).
"""
import contextlib
import os
import sys

import numpy as np

library, name = sys.argv[1].split(":")
folder, size, files = sys.argv[2], int(sys.argv[3]), sys.argv[4:]
random = np.random.default_rng(0)
x = random.random((2, 3, size, size), dtype=np.float32)


def path(file):
    return os.path.join(folder, file)


def statistics(kind, count):
    if kind in ("weight", "gamma"):
        return random.uniform(0.5, 1.5, count)
    if kind in ("running_var", "moving_variance"):
        return random.uniform(0.5, 2, count)
    return random.normal(0, 0.2, count)


def from_torch():
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    if library == "timm":
        import timm

        model = timm.create_model(name, pretrained=False)
        features = model.forward_features
    else:
        import torchvision

        model = getattr(torchvision.models, name)(weights=None)
        features = torch.nn.Sequential(*list(model.children())[:-2]) if name.startswith("resnet") else model.features
    model.eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for key in ("weight", "bias", "running_mean", "running_var"):
                values = statistics(key, module.num_features)
                getattr(module, key).data.copy_(torch.from_numpy(values))
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)
    scaled = (torch.from_numpy(x) - mean) / deviation
    save_file(model.state_dict(), path("weights.safetensors"))
    with torch.no_grad():
        features(scaled).numpy().tofile(path("features.bin"))
    shared = {"input_names": ["image"], "output_names": ["logits"]}
    kept = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    if "kept.onnx" in files:
        torch.onnx.export(model, (scaled,), path("kept.onnx"), dynamo=False, **shared, **kept)
    if "folded.onnx" in files:
        torch.onnx.export(model, (scaled,), path("folded.onnx"), dynamo=False, **shared)
    if "dynamo.onnx" in files:
        torch.onnx.export(model, (scaled,), path("dynamo.onnx"), dynamo=True, external_data=False, verbose=False, **shared)


def from_keras():
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    from safetensors.numpy import save_file

    model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(size, size, 3))
    for weight in model.weights:
        kind = weight.path.split("/")[-1]
        if kind not in ("kernel", "depthwise_kernel"):
            weight.assign(statistics(kind, weight.shape))
    images = np.moveaxis(x, 1, 3)
    if name == "ResNet50":
        images = images[..., ::-1] * 255 - np.array([103.939, 116.779, 123.68], dtype=np.float32)
    else:
        images = images / 0.5 - 1
    features = np.moveaxis(model.predict(images, verbose=0), 3, 1)
    np.ascontiguousarray(features, dtype=np.float32).tofile(path("features.bin"))
    save_file({w.path: np.ascontiguousarray(keras.ops.convert_to_numpy(w)) for w in model.weights}, path("weights.safetensors"))


x.tofile(path("x.bin"))
with contextlib.redirect_stdout(sys.stderr):
    from_keras() if library == "keras" else from_torch()
