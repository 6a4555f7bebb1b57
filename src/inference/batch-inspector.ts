/** Several images at once through one model of a fixed batch, from a buffer that stays in place to results that do. */
import { type Inspected, maskOf, openInspectionModel, probabilitiesOf, probabilityOf } from './inspector-model.ts';
import { type ModelOptions, Tensor } from './model.ts';

export interface BatchSource {
	/** An ONNX model like that of an `InspectorSource`, but with `size` images in front of every input and output. */
	readonly bytes: Uint8Array;
	readonly size: number;
	readonly input: { readonly width: number; readonly height: number; readonly channels: number };
}

export interface BatchInspector {
	readonly size: number;
	/** uint8[size,height,width,channels]: the images to inspect are written here. */
	readonly pixels: Uint8Array;
	/**
	 * Inspects what lies in `pixels`.
	 *
	 * @param count of the images at the front that matter; the others are computed and not looked at
	 * @returns one result each, views that hold until the next call
	 * @throws MODEL_FAILED when a result is not a probability
	 */
	inspect(count: number): Promise<readonly Inspected[]>;
	close(): Promise<void>;
}

/** @throws what `openModel` throws, and MODEL_UNSUPPORTED when inputs or outputs have other names */
export async function openBatchInspector(source: BatchSource, options: ModelOptions = {}): Promise<BatchInspector> {
	const { size, input } = source;
	const { width, height, channels } = input;
	const model = await openInspectionModel(source.bytes, options);
	const pixels = new Uint8Array(size * height * width * channels);
	const image = new Tensor('uint8', pixels, [size, height, width, channels]);
	const area = width * height;
	/** Of the first run; later ones write into the same memory. */
	let outputs: Record<string, Tensor> | undefined;
	return {
		size,
		pixels,
		async inspect(count) {
			outputs = await model.run({ image }, outputs);
			const results = outputs;
			return Array.from({ length: count }, (_, i) => resultOf(results, i, size, area));
		},
		close: () => model.close(),
	};
}

function resultOf(outputs: Readonly<Record<string, Tensor>>, i: number, size: number, area: number): Inspected {
	const { score, mask, class_scores, labels } = outputs;
	const own = <T extends Float32Array | Uint8Array>({ data }: Tensor) => {
		const each = data.length / size;
		return (data as T).subarray(i * each, (i + 1) * each) as T;
	};
	return {
		score: probabilityOf(own<Float32Array>(score)),
		...(mask ? maskOf(own<Float32Array>(mask), area) : {}),
		...(class_scores
			? {
					classScores: probabilitiesOf(
						'class scores',
						own<Float32Array>(class_scores),
						class_scores.data.length / size,
					),
				}
			: {}),
		...(labels ? { labels: own<Uint8Array>(labels) } : {}),
	};
}
