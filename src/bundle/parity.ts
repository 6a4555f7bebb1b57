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

/** The largest difference over all reference frames, in probability. */
export interface ParityReport {
	readonly frames: number;
	readonly maxScoreDifference: number;
	/** Over every pixel of every mask; 0 for a model without one. */
	readonly maxMaskDifference: number;
}

const INDEX_FILE = 'parity/index.json';

/**
 * What another host may differ by, in probability. Float sums are reordered between processors (and a GPU may multiply
 * in TF32); in int8 such a difference can tip a value to the next of 256 steps, and a few steps in the logit of a
 * pixel at the edge of a mask move its probability by several per cent.
 */
export const PARITY_TOLERANCES: Readonly<Record<Precision, { readonly score: number; readonly mask: number }>> = {
	fp32: { score: 0.002, mask: 0.01 },
	int8: { score: 0.02, mask: 0.1 },
};

const indexSchema = z.strictObject({
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
	const frames: z.infer<typeof indexSchema>['frames'] = [];
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
	return files.set(INDEX_FILE, `${JSON.stringify({ formatVersion: 1, frames }, null, '\t')}\n`);
}

/** The reference frames of a bundle, for making its parity files anew when a model was added. */
export function parityInputs(bundle: Bundle): Uint8Array[] {
	return readIndex(bundle).frames.map(({ input }) => bundle.read(input));
}

/**
 * Runs the reference frames on this host and compares.
 *
 * @throws BUNDLE_PARITY_FAILED when a difference exceeds `PARITY_TOLERANCES`, when a frame cannot be run, or when the
 *   bundle has no reference for this precision
 */
export async function checkParity(bundle: Bundle, precision: Precision, run: ParityRun): Promise<ParityReport> {
	const { frames } = readIndex(bundle);
	let maxScoreDifference = 0;
	let maxMaskDifference = 0;
	for (const { input, outputs } of frames) {
		const reference = outputs[precision];
		if (!reference) throw failed(`a reference output of ${precision} for ${input}`, 'none', 'Export the bundle again.');
		const output = await run(bundle.read(input)).catch((cause) => {
			throw failed(`the ${precision} model to run ${input}`, messageOf(cause), 'Run `andon doctor`.', cause);
		});
		const mask = reference.mask === undefined ? undefined : readMask(bundle, reference.mask);
		maxScoreDifference = largest(maxScoreDifference, Math.abs(output.score - reference.score));
		maxMaskDifference = largest(maxMaskDifference, maskDifference(output.mask, mask));
	}
	const tolerance = PARITY_TOLERANCES[precision];
	expectWithin(precision, 'scores', maxScoreDifference, tolerance.score);
	expectWithin(precision, 'mask probabilities', maxMaskDifference, tolerance.mask);
	return { frames: frames.length, maxScoreDifference, maxMaskDifference };
}

function readIndex(bundle: Bundle): z.infer<typeof indexSchema> {
	return parseWith(indexSchema, bundle.readJson(INDEX_FILE), `${INDEX_FILE} of ${bundle.dir}`, 'BUNDLE_INVALID');
}

function readMask(bundle: Bundle, path: string): Float32Array {
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

function maskDifference(found: Float32Array | undefined, expected: Float32Array | undefined): number {
	if (found?.length !== expected?.length) return Number.POSITIVE_INFINITY;
	let difference = 0;
	for (let i = 0; i < (expected?.length ?? 0); i++)
		difference = largest(difference, Math.abs(found![i] - expected![i]));
	return difference;
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
