/** How long a model may take to be opened and proved on a provider, ms. */
import type { Provider } from '../../inference/providers.ts';

/** The first use of a GPU may compile its kernels; TensorRT may build an engine, which takes a small device minutes. */
export const PROOF_PATIENCE_MS: Readonly<Record<Provider, number>> = {
	cpu: 60_000,
	cuda: 120_000,
	tensorrt: 900_000,
	webgpu: 120_000,
};
