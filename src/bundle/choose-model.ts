/** Which model of a bundle runs on which execution provider, and why: the fastest one that the provider computes well. */
import type { Provider } from '../inference/providers.ts';
import type { Manifest, Precision } from './manifest.ts';
import { modelOf } from './model-of.ts';
import type { Bundle } from './open-bundle.ts';

export interface ChosenModel {
	readonly precision: Precision;
	/** For people: complete, without a full stop. */
	readonly why: string;
}

interface Wanted {
	readonly provider: Provider;
	/** What the station is configured to run, if anything. */
	readonly precision?: Precision;
}

/**
 * On GPUs fp16 goes first: on Jetson int8 is often no faster, and the integers that a CPU fuses are slow there. On
 * WebGPU float16 is an optional feature that nobody has proved on the device.
 */
const PREFERRED: Readonly<Record<Provider, readonly Precision[]>> = {
	cpu: [],
	cuda: ['fp16', 'fp32'],
	tensorrt: ['fp16', 'fp32'],
	webgpu: ['fp32'],
};

/** @throws BUNDLE_INVALID when the precision that was configured is not in the bundle */
export function chooseModel(bundle: Pick<Bundle, 'manifest' | 'defaultPrecision'>, wanted: Wanted): ChosenModel {
	const { provider, precision } = wanted;
	if (precision !== undefined) {
		modelOf(bundle.manifest, precision);
		return { precision, why: 'as the station is configured' };
	}
	const preferred = PREFERRED[provider];
	const found = preferred.find((candidate) => has(bundle.manifest, candidate));
	if (preferred.length === 0) return { precision: bundle.defaultPrecision, why: "the bundle's default" };
	if (found === undefined) {
		const why = `the bundle's default, since it holds no ${preferred.join(' or ')} model for ${provider}`;
		return { precision: bundle.defaultPrecision, why };
	}
	return {
		precision: found,
		why: found === preferred[0] ? `for ${provider}` : `for ${provider}: ${lacking(preferred[0])}`,
	};
}

function lacking(precision: Precision): string {
	return `the bundle holds no ${precision} model`;
}

function has({ models }: Manifest, precision: Precision): boolean {
	return models.some((model) => model.precision === precision);
}
