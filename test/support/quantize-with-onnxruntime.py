"""Quantizes a float model with ONNX Runtime's own tool: float.onnx, feeds.npy-like raw float32 file, out.onnx.

Usage: quantize-with-onnxruntime.py FLOAT.onnx FEEDS.bin OUT.onnx; FEEDS.bin holds float32 inputs one after another.
"""
import sys

import numpy as np
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

source, feeds, target = sys.argv[1:4]
entry = ort.InferenceSession(source, providers=["CPUExecutionProvider"]).get_inputs()[0]


class Feeds(CalibrationDataReader):
    def __init__(self):
        self.rows = iter(np.fromfile(feeds, np.float32).reshape(-1, *entry.shape))

    def get_next(self):
        row = next(self.rows, None)
        return None if row is None else {entry.name: row}


quantize_static(source, target, Feeds(), quant_format=QuantFormat.QDQ, per_channel=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
