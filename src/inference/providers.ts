/** The execution providers that a station can be told to use. */

export const PROVIDERS = ['cpu', 'cuda', 'tensorrt', 'webgpu'] as const;

export type Provider = (typeof PROVIDERS)[number];

/** What ONNX Runtime calls them in its profile. */
export const PROFILE_NAMES: Readonly<Record<Provider, string>> = {
	cpu: 'CPUExecutionProvider',
	cuda: 'CUDAExecutionProvider',
	tensorrt: 'TensorrtExecutionProvider',
	webgpu: 'WebGpuExecutionProvider',
};

/**
 * What a session is opened with. Operators that TensorRT does not take go to CUDA, which it needs anyway, before they go
 * to the processor; from JavaScript neither takes an option beside the number of the device.
 */
export const SESSION_PROVIDERS: Readonly<Record<Provider, readonly Provider[]>> = {
	cpu: ['cpu'],
	cuda: ['cuda'],
	tensorrt: ['tensorrt', 'cuda'],
	webgpu: ['webgpu'],
};
