/** Camera bytes to score and mask: the one function by which training, command line and station score a frame. */
import { AndonError } from '../base/errors.ts';
import { countMarked, isProbability } from './count-marked.ts';
import { type Model, type ModelOptions, openModel, Tensor } from './model.ts';

export interface InspectorSource {
	/**
	 * An ONNX model: `image` uint8[1,height,width,channels] → `score` float32[1] and, maybe, `mask` float32[1,height,width],
	 * `class_scores` float32[K] and `labels` uint8[1,height,width].
	 */
	readonly bytes: Uint8Array;
	readonly input: { readonly width: number; readonly height: number; readonly channels: number };
}

export interface Inspected {
	/** Defect score in [0,1]. */
	readonly score: number;
	/** Defect probability per pixel, float32[height,width]; absent when the model gives none. */
	readonly mask?: Float32Array;
	/** How many pixels of the mask are above 0.5, where that is known. */
	readonly marked?: number;
	/** Milliseconds that the model alone took, where it was measured. */
	readonly runMs?: number;
	/** Probability per class, sound first, float32[K]; absent when the model tells no classes apart. */
	readonly classScores?: Float32Array;
	/** The likeliest class of each pixel, 0 = sound, uint8[height,width]; absent likewise. */
	readonly labels?: Uint8Array;
	/** Behind a gate that ran: its score. */
	readonly gateScore?: number;
	/** The gate passed the part: the model did not run, and the score is 0. */
	readonly gated?: true;
}

const OUTPUTS: readonly string[] = ['score', 'mask', 'class_scores', 'labels'];

export interface Inspector {
	readonly provider: string;
	/**
	 * Scores one frame.
	 *
	 * @param pixels uint8[height,width,channels] of the model's own input size; not copied
	 * @throws MODEL_FAILED when the frame has another size, or when the result is not a probability
	 */
	inspect(pixels: Uint8Array): Promise<Inspected>;
	/** Ends profiling, if it was on. */
	endProfiling(): void;
	close(): Promise<void>;
}

export interface InspectorOptions extends ModelOptions {
	/**
	 * Masks, labels and class scores are gone when the next frame is inspected (default false). Left to the garbage
	 * collector, which sees how small the objects are and not what hangs on them, they pile up by the dozen.
	 */
	readonly transient?: boolean;
}

/** @throws what `openModel` throws, and MODEL_UNSUPPORTED when inputs or outputs have other names */
export async function openInspector(
	source: InspectorSource,
	{ transient = false, ...options }: InspectorOptions = {},
): Promise<Inspector> {
	const { width, height, channels } = source.input;
	let last: Record<string, Tensor> = {};
	const model = await openInspectionModel(source.bytes, options);
	return {
		provider: model.provider,
		async inspect(pixels) {
			if (pixels.length !== width * height * channels)
				throw failed(`${height}×${width}×${channels} = ${width * height * channels} bytes`, `${pixels.length} bytes`);
			const image = new Tensor('uint8', pixels, [1, height, width, channels]);
			free(last);
			last = {};
			const startedAt = performance.now();
			const outputs = await model.run({ image });
			const runMs = performance.now() - startedAt;
			if (transient) last = outputs;
			const { score, mask, class_scores, labels } = outputs;
			return {
				score: probabilityOf(score.data),
				runMs,
				...(mask ? maskOf(mask.data, width * height) : {}),
				...(class_scores
					? { classScores: probabilitiesOf('class scores', class_scores.data, class_scores.data.length) }
					: {}),
				...(labels ? { labels: labels.data as Uint8Array } : {}),
			};
		},
		endProfiling: () => model.endProfiling(),
		close: () => model.close(),
	};
}

/** Gives the memory back at once. */
function free(outputs: Readonly<Record<string, Tensor>>): void {
	for (const { data } of Object.values(outputs)) ((data as Float32Array).buffer as ArrayBuffer).transfer(0);
}

/** @throws what `openModel` throws, and MODEL_UNSUPPORTED when inputs or outputs have other names */
export async function openInspectionModel(bytes: Uint8Array, options: ModelOptions): Promise<Model> {
	const model = await openModel(bytes, options);
	try {
		expectNames(model);
	} catch (error) {
		await model.close();
		throw error;
	}
	return model;
}

/** @throws MODEL_UNSUPPORTED */
function expectNames({ inputNames, outputNames }: Model): void {
	const known = outputNames.every((name) => OUTPUTS.includes(name));
	if (inputNames.join() === 'image' && known && outputNames.includes('score')) return;
	throw new AndonError('MODEL_UNSUPPORTED', {
		expected: 'an inspection model with input image and outputs score and, maybe, mask, class_scores and labels',
		found: `input ${inputNames.join(', ')} and outputs ${outputNames.join(', ')}`,
		fix: 'Use a model from a bundle of `andon train`.',
	});
}

/** @throws MODEL_FAILED */
export function probabilityOf(score: Tensor['data']): number {
	const value = Number(score[0]);
	if (score.length === 1 && isProbability(value)) return Math.min(value, 1);
	throw failed('one score between 0 and 1', `${score.length === 1 ? value : `${score.length} values`}`);
}

/** @throws MODEL_FAILED */
export function maskOf(values: Tensor['data'], size: number): { mask: Float32Array; marked: number } {
	const mask = values as Float32Array;
	if (mask.length !== size) throw failed(`${size} mask values`, `${mask.length}`);
	const marked = countMarked(mask);
	if (marked === undefined) throw improbable('mask values', mask);
	return { mask, marked };
}

/** @throws MODEL_FAILED */
export function probabilitiesOf(what: string, values: Tensor['data'], size: number): Float32Array {
	const data = values as Float32Array;
	if (data.length !== size) throw failed(`${size} ${what}`, `${data.length}`);
	if (!data.every(isProbability)) throw improbable(what, data);
	return data;
}

function improbable(what: string, values: Float32Array): AndonError {
	return failed(`${what} between 0 and 1`, String(values.find((p) => !isProbability(p))));
}

function failed(expected: string, found: string): AndonError {
	return new AndonError('MODEL_FAILED', {
		expected,
		found,
		fix: 'Check the input size against the model; if it fits, the model is broken: export it again.',
	});
}
