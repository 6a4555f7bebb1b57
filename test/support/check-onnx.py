"""Checks each ONNX file named on the command line with the reference checker, shapes included."""
import sys

import onnx

for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
