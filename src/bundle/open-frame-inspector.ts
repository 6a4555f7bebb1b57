/** Opens what inspects frames through a view: with a model that takes several tiles at once where that helps and is proved. */
import { AndonError } from '../base/errors.ts';
import { layOutView, type Size, type ViewLayout } from '../imaging/view/lay-out-view.ts';
import type { View } from '../imaging/view/view.ts';
import { type BatchInspector, openBatchInspector } from '../inference/batch-inspector.ts';
import type { Inspector, InspectorSource } from '../inference/inspector-model.ts';
import type { ModelOptions } from '../inference/model.ts';
import { FrameInspector } from './frame-inspector.ts';
import type { Manifest, Precision } from './manifest.ts';
import { expectParity } from './parity.ts';

export interface FrameModel extends Pick<InspectorSource, 'bytes'> {
	readonly input: Manifest['input'];
	readonly precision: Precision;
	/** The same model for one image, proved already. */
	readonly inspector: Pick<Inspector, 'inspect'>;
	/** Reference frames, uint8[height,width,channels] each. */
	readonly references: readonly Uint8Array[];
}

export interface OpenedFrames {
	readonly frames: FrameInspector;
	/** Tiles that go at once; 1 without tiles. */
	readonly batch: number;
	/** Why they go one after the other although more were wanted, for people; complete, without a full stop. */
	readonly whyNotBatched?: string;
	close(): Promise<void>;
}

/**
 * On a CPU images of a batch gain nothing: measured on U-Nets in int8 and fp32, a tile takes 0.94 to 1.15 of the time it takes
 * alone (`docs/views.md`). A GPU needs several to be busy.
 */
const DEFAULT_BATCH = 8;

/**
 * @param size of the frames, where it is known: no more tiles go at once than there are
 * @throws CONFIG_INVALID or FRAME_SIZE_WRONG when the view cannot be laid out
 */
export async function openFrameInspector(
	model: FrameModel,
	view: View | undefined,
	options: ModelOptions = {},
	size?: Size,
): Promise<OpenedFrames> {
	const { inspector, input } = model;
	const count = batchOf(view, input, options.provider, size);
	const single = { frames: new FrameInspector({ inspector, input, view }), batch: 1, close: async () => {} };
	if (count === 1) return single;
	try {
		const batch = await openProvenBatch(model, count, options);
		return { frames: new FrameInspector({ inspector, input, view, batch }), batch: count, close: () => batch.close() };
	} catch (error) {
		if (!(error instanceof AndonError)) throw error;
		const { expected, found } = error.facts;
		return { ...single, whyNotBatched: `expected ${expected}, found ${found}` };
	}
}

function batchOf(view: View | undefined, input: Size, provider: string = 'cpu', size: Size | undefined): number {
	if (!view?.tiles) return 1;
	const wanted = view.tiles.batch ?? (provider === 'cpu' ? 1 : DEFAULT_BATCH);
	const count = expectView(view, input, size).tiles.length;
	const isKnown = size !== undefined || view.tiles.columns !== undefined || (view.roi?.width ?? 0) > 1;
	return isKnown ? Math.min(wanted, count) : wanted;
}

/**
 * Where a view lies on frames of this size, or of one that it fits when none is known.
 *
 * @throws CONFIG_INVALID or FRAME_SIZE_WRONG when it cannot be laid out
 */
export function expectView(view: View | undefined, input: Size, size?: Size): ViewLayout {
	return layOutView(view, size ?? (view ? sizeFor(view, input) : input), input);
}

/** An image that the view lies on, so that what is wrong with the view itself is found before the first frame. */
function sizeFor({ roi }: View, input: Size): Size {
	if (roi === undefined || roi.width <= 1) return input;
	return { width: roi.x + roi.width, height: roi.y + roi.height };
}

/** The batch gives for the reference frames, side by side, what the model gives for each alone. */
async function openProvenBatch(model: FrameModel, size: number, options: ModelOptions): Promise<BatchInspector> {
	const { bytes, input, precision, inspector, references } = model;
	const batch = await openBatchInspector({ bytes: await batched(bytes, size), size, input }, options);
	try {
		const bytesOfOne = batch.pixels.length / size;
		const places = Array.from({ length: size }, (_, i) => i % references.length);
		for (const [i, place] of places.entries()) batch.pixels.set(references[place], i * bytesOfOne);
		const together = await batch.inspect(size);
		for (const [k, reference] of references.slice(0, size).entries()) {
			// Holds until the next one is inspected.
			const alone = await inspector.inspect(reference);
			for (const [i, place] of places.entries()) if (place === k) expectParity(precision, together[i], alone);
		}
		return batch;
	} catch (error) {
		await batch.close();
		throw error;
	}
}

/** The rules of all operators are loaded where they are needed: most stations run without them, in less memory. */
async function batched(bytes: Uint8Array, size: number): Promise<Uint8Array> {
	const { decodeModel, encodeModel } = await import('../graph/codec/codec.ts');
	const { batchImages } = await import('../graph/passes/batch-images.ts');
	return encodeModel(batchImages(decodeModel(bytes), size));
}
