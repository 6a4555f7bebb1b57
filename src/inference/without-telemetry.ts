/**
 * ONNX Runtime 1.30 reports its use to Microsoft over HTTPS, under a device id that it keeps in the user's cache, unless it
 * is told not to before it is loaded. A station says nothing to anybody it was not told to: import this before
 * `onnxruntime-node`. Whoever wants to report sets ORT_DISABLE_TELEMETRY=0.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';
