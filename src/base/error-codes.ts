/** Every error a user can meet, in one table; `docs/errors.md` says more about each (a test compares the two). */
export const ERROR_CODES = {
	USAGE: 'The command line is not valid',
	CONFIG_INVALID: 'The configuration is not valid',
	FILE_UNREADABLE: 'A file cannot be read',
	FILE_UNWRITABLE: 'A file cannot be written',
	IMAGE_UNREADABLE: 'The image cannot be decoded',
	IMAGE_TOO_LARGE: 'The image is too large',
	MASK_SIZE_MISMATCH: 'The mask does not fit its image',
	MODEL_UNREADABLE: 'The file is not an ONNX model',
	MODEL_UNSUPPORTED: 'The model uses something that is not supported',
	MODEL_FAILED: 'The model could not be run',
	PROVIDER_UNAVAILABLE: 'The execution provider is not available',
	RECALL_NOT_CERTIFIABLE: 'The recall cannot be certified',
	BUNDLE_MISSING: 'There is no bundle',
	BUNDLE_INVALID: 'The bundle is not valid',
	BUNDLE_DIGEST_MISMATCH: 'A file of the bundle was changed',
	BUNDLE_PARITY_FAILED: 'The model gives other results on this host than when it was made',
	GRAPH_INVALID: 'The graph is not valid',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
