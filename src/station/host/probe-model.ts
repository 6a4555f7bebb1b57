/** The smallest real model: y = ReLU(Laplace(x)), one convolution, with an input whose answer is known. */

/** `x` and `y` are float32[1,1,4,4]. */
export const PROBE_SHAPE = [1, 1, 4, 4];

/** One bright pixel at row 1, column 2. */
export const PROBE_INPUT = Float32Array.from({ length: 16 }, (_, i) => (i === 6 ? 2 : 0));

/** Its four neighbours see it; the pixel itself becomes −8 and is cut off. */
export const PROBE_ANSWER = [0, 0, 2, 0, 0, 2, 0, 2, 0, 0, 2, 0, 0, 0, 0, 0];

/** ONNX bytes: Conv (3×3, `0 1 0 / 1 −4 1 / 0 1 0`, padded by 1), then Relu. */
export const PROBE_MODEL = Buffer.from(
	'CAoSBWFuZG9uOuQCCkwKAXgKB2xhcGxhY2USBmNvbnZfMBoGY29udl8xIgRDb252KhUKDGtlcm5lbF9zaGFwZUADQAOgAQcqEQoE' +
		'cGFkc0ABQAFAAUABoAEHChkKBmNvbnZfMBIBeRoGcmVsdV8yIgRSZWx1EgVwcm9iZSo5CAEIAQgDCAMQAUIHbGFwbGFjZUokAAAA' +
		'AAAAgD8AAAAAAACAPwAAgMAAAIA/AAAAAAAAgD8AAAAAWhsKAXgSFgoUCAESEAoCCAEKAggBCgIIBAoCCARiGwoBeRIWChQIARIQ' +
		'CgIIAQoCCAEKAggECgIIBGobCgF4EhYKFAgBEhAKAggBCgIIAQoCCAQKAggEaiEKB2xhcGxhY2USFgoUCAESEAoCCAEKAggBCgII' +
		'AwoCCANqIAoGY29udl8wEhYKFAgBEhAKAggBCgIIAQoCCAQKAggEahsKAXkSFgoUCAESEAoCCAEKAggBCgIIBAoCCARCBAoAEBU=',
	'base64',
);
