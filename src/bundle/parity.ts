/** Proof that a model gives the same results on this host as where the bundle was made: inputs kept with their outputs. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { AndonError, messageOf } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import { bundlePath, type Precision } from './manifest.ts';
import type { Bundle } from './open-bundle.ts';

/** What a model gives for one frame. */
export interface ParityOutput {
	readonly score: number;
	readonly mask?: Float32Array;
}

/** Runs one frame of raw camera bytes. */
export type ParityRun = (input: Uint8Array) => Promise<ParityOutput>;

/** Differences over all reference frames, in probability. */
export interface ParityReport {
	readonly frames: number;
	readonly maxScoreDifference: number;
	/** Of any pixel of any mask; 0 for a model without one. */
	readonly maxMaskDifference: number;
	/** Mean over the pixels of the worst mask: what a broken host moves even where no single pixel stands out. */
	readonly meanMaskDifference: number;
}

export const PARITY_INDEX = 'parity/index.json';

export type ParityIndex = z.infer<typeof parityIndexSchema>;

type Differences = Omit<ParityReport, 'frames'>;

/**
 * What another host may differ by, in probability. Float sums are reordered between processors (measured on a U-Net,
 * ONNX Runtime with its rewrites on and off: 1e-5) and a GPU may multiply in TF32, with 10 bits. In int8 such a
 * difference tips values to the next of 256 steps: fused and emulated integers differed by 0.002 in score, and by up to
 * 0.19 in the steepest pixel but 0.004 on average. A GPU that computes in float16 rounds after every step, where the
 * emulation on a CPU may fuse some.
 */
export const PARITY_TOLERANCES: Readonly<Record<Precision, Differences>> = {
	fp32: { maxScoreDifference: 0.002, maxMaskDifference: 0.02, meanMaskDifference: 0.0005 },
	int8: { maxScoreDifference: 0.02, maxMaskDifference: 0.3, meanMaskDifference: 0.01 },
	'int8-tensorrt': { maxScoreDifference: 0.02, maxMaskDifference: 0.3, meanMaskDifference: 0.01 },
	fp16: { maxScoreDifference: 0.01, maxMaskDifference: 0.1, meanMaskDifference: 0.002 },
};

const NAMES: Readonly<Record<keyof Differences, string>> = {
	maxScoreDifference: 'scores',
	maxMaskDifference: 'mask probabilities',
	meanMaskDifference: 'mask probabilities on average',
};
const KEYS = Object.keys(NAMES) as (keyof Differences)[];

const parityIndexSchema = z.strictObject({
	formatVersion: z.literal(1),
	frames: z
		.array(
			z.strictObject({
				/** Raw bytes, uint8[height,width,channels]. */
				input: bundlePath,
				/** By precision; `mask` is a gzip file of little-endian float32[height,width]. */
				outputs: z.record(z.string(), z.strictObject({ score: z.number(), mask: bundlePath.optional() })),
			}),
		)
		.min(1),
});

/**
 * Runs reference frames through every model, as they will be run, and keeps what comes out.
 *
 * @param inputs a few frames, best of both kinds; each costs its own size and a mask per precision
 * @param runs the models of the bundle by precision
 * @returns files for the draft of a bundle
 */
export async function writeParity(
	inputs: readonly Uint8Array[],
	runs: Readonly<Partial<Record<Precision, ParityRun>>>,
): Promise<Map<string, Uint8Array | string>> {
	const files = new Map<string, Uint8Array | string>();
	const frames: ParityIndex['frames'] = [];
	for (const [i, input] of inputs.entries()) {
		const frame: (typeof frames)[number] = { input: `parity/${i}.input.bin`, outputs: {} };
		files.set(frame.input, input);
		for (const [precision, run] of Object.entries(runs)) {
			const { score, mask } = await run(input);
			const path = `parity/${i}.${precision}.mask.gz`;
			if (mask) files.set(path, gzipSync(new Uint8Array(mask.buffer, mask.byteOffset, mask.byteLength), { level: 9 }));
			frame.outputs[precision] = { score, ...(mask ? { mask: path } : {}) };
		}
		frames.push(frame);
	}
	return files.set(PARITY_INDEX, `${JSON.stringify({ formatVersion: 1, frames }, null, '\t')}\n`);
}

/** The reference frames of a bundle, for making its parity files anew when a model was added. */
export function parityInputs(bundle: Bundle): Uint8Array[] {
	return readParityIndex(bundle).frames.map(({ input }) => bundle.read(input));
}

/**
 * Runs the reference frames on this host and compares.
 *
 * @param most how many frames, from the first one
 * @throws BUNDLE_PARITY_FAILED when a difference exceeds `PARITY_TOLERANCES`, when a frame cannot be run, or when the
 *   bundle has no reference for this precision
 */
export async function checkParity(
	bundle: Bundle,
	precision: Precision,
	run: ParityRun,
	most = Number.POSITIVE_INFINITY,
): Promise<ParityReport> {
	const frames = readParityIndex(bundle).frames.slice(0, most);
	const worst = { maxScoreDifference: 0, maxMaskDifference: 0, meanMaskDifference: 0 };
	for (const { input, outputs } of frames) {
		const reference = outputs[precision];
		if (!reference) throw failed(`a reference output of ${precision} for ${input}`, 'none', 'Export the bundle again.');
		const output = await run(bundle.read(input)).catch((cause) => {
			throw failed(`the ${precision} model to run ${input}`, messageOf(cause), 'Run `andon doctor`.', cause);
		});
		const mask = reference.mask === undefined ? undefined : readParityMask(bundle, reference.mask);
		const found = differences(output, { score: reference.score, mask });
		for (const key of KEYS) worst[key] = largest(worst[key], found[key]);
	}
	for (const key of KEYS) expectWithin(precision, NAMES[key], worst[key], PARITY_TOLERANCES[precision][key]);
	return { frames: frames.length, ...worst };
}

/** Compares one output with another of the same model. @throws BUNDLE_PARITY_FAILED beyond `PARITY_TOLERANCES` */
export function expectParity(precision: Precision, found: ParityOutput, expected: ParityOutput): void {
	const difference = differences(found, expected);
	for (const key of KEYS) expectWithin(precision, NAMES[key], difference[key], PARITY_TOLERANCES[precision][key]);
}

/** Reference frames and what every model gives for them. @throws BUNDLE_INVALID */
export function readParityIndex(bundle: Bundle): ParityIndex {
	return parseWith(
		parityIndexSchema,
		bundle.readJson(PARITY_INDEX),
		`${PARITY_INDEX} of ${bundle.dir}`,
		'BUNDLE_INVALID',
	);
}

/** @throws BUNDLE_INVALID */
export function readParityMask(bundle: Bundle, path: string): Float32Array {
	const packed = bundle.read(path);
	try {
		const bytes = gunzipSync(packed);
		return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
	} catch (cause) {
		throw new AndonError(
			'BUNDLE_INVALID',
			{ expected: `${path} to be a mask`, found: messageOf(cause), fix: 'Export the bundle again.' },
			{ cause },
		);
	}
}

function differences(found: ParityOutput, expected: ParityOutput): Differences {
	const maxScoreDifference = Math.abs(found.score - expected.score);
	const size = expected.mask?.length ?? 0;
	if (found.mask?.length !== expected.mask?.length)
		return { maxScoreDifference, maxMaskDifference: Infinity, meanMaskDifference: Infinity };
	let maxMaskDifference = 0;
	let sum = 0;
	for (let i = 0; i < size; i++) {
		const difference = Math.abs(found.mask![i] - expected.mask![i]);
		maxMaskDifference = largest(maxMaskDifference, difference);
		sum += difference;
	}
	return { maxScoreDifference, maxMaskDifference, meanMaskDifference: size === 0 ? 0 : sum / size };
}

/** The larger one; NaN, which every comparison would let pass, counts as infinite. */
function largest(a: number, b: number): number {
	return Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.max(a, b);
}

function expectWithin(precision: string, what: string, difference: number, tolerance: number): void {
	if (difference <= tolerance) return;
	throw failed(
		`${precision} ${what} within ${tolerance} of the reference`,
		`a difference of ${Number(difference.toPrecision(3))}`,
		'Do not inspect with it: run `andon doctor`, then try another provider or precision.',
	);
}

function failed(expected: string, found: string, fix: string, cause?: unknown): AndonError {
	return new AndonError('BUNDLE_PARITY_FAILED', { expected, found, fix }, { cause });
}
