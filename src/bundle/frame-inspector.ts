/** A camera's frame through a view to one result: fitted, or tile by tile and put together again. One copy, for bench and station. */
import type { Pixels } from '../imaging/pixels.ts';
import { cutRegion, cutTile } from '../imaging/view/cut-tile.ts';
import { fitView } from '../imaging/view/fit-view.ts';
import { isExact, layOutView, type Region, type Size, type ViewLayout } from '../imaging/view/lay-out-view.ts';
import type { View } from '../imaging/view/view.ts';
import type { BatchInspector } from '../inference/batch-inspector.ts';
import type { Inspected, Inspector } from '../inference/inspector-model.ts';
import { WholeResult } from './whole-result.ts';

export interface FrameInspectorParts {
	readonly inspector: Pick<Inspector, 'inspect'>;
	/** Of the model. */
	readonly input: Size & { readonly channels: 1 | 3 };
	/** All of a frame, stretched to the model's input, if absent. */
	readonly view?: View;
	/** Takes several tiles at once. */
	readonly batch?: BatchInspector;
}

/** One frame inspected; holds until the next one is. */
export interface SeenFrame {
	/** As it was given. */
	readonly frame: Pixels;
	/**
	 * Of the whole: the score is the highest of the tiles, class scores are those of that tile, `mask` and `labels` are in the
	 * size seen.
	 */
	readonly inspected: Inspected;
	readonly layout: ViewLayout;
	/** What was seen, in the size seen; made when first asked for. */
	readonly pixels: Pixels;
	/** Time in the model. */
	readonly inferenceMs: number;
	/** A map in the size seen, put together from what `mapTile` gives for pixels of the model's input size. */
	map(mapTile: (pixels: Uint8Array) => Promise<Float32Array | undefined>): Promise<Float32Array | undefined>;
}

/** Where tiles are cut from: pixels that need no computing any more. */
interface Source {
	readonly image: Pixels;
	readonly region: Region;
}

export class FrameInspector {
	readonly #parts: FrameInspectorParts;
	readonly #tile: Uint8Array;
	/** For frames of the size of the last one. */
	#known: { readonly size: Size; readonly whole: WholeResult } | undefined;

	constructor(parts: FrameInspectorParts) {
		const { width, height, channels } = parts.input;
		this.#parts = parts;
		this.#tile = new Uint8Array(parts.view?.tiles ? width * height * channels : 0);
	}

	/** Undefined when frames are simply stretched. */
	get view(): View | undefined {
		return this.#parts.view;
	}

	/**
	 * @param frame in any size that the view lies in
	 * @throws FRAME_SIZE_WRONG, CONFIG_INVALID, MODEL_FAILED
	 */
	async inspect(frame: Pixels): Promise<SeenFrame> {
		const whole = this.#wholeOf(frame);
		if (!this.#parts.view?.tiles) return this.#inspectWhole(frame, whole.layout);
		const source = await this.#sourceOf(frame, whole.layout);
		const inferenceMs = await this.#inspectTiles(source, whole);
		let pixels: Pixels | undefined;
		return {
			frame,
			inspected: whole.result(),
			layout: whole.layout,
			get pixels() {
				pixels ??= cutRegion(source.image, source.region);
				return pixels;
			},
			inferenceMs,
			map: (mapTile) => mapTiles(source, whole, mapTile),
		};
	}

	/** A frame as it is seen. @throws FRAME_SIZE_WRONG, CONFIG_INVALID */
	fit(frame: Pixels): Promise<Pixels> {
		return fitView(frame, this.layoutOf(frame), this.#parts.input.channels);
	}

	/** Where the view lies on an image of this size. @throws FRAME_SIZE_WRONG, CONFIG_INVALID */
	layoutOf(image: Size): ViewLayout {
		return this.#wholeOf(image).layout;
	}

	#wholeOf({ width, height }: Size): WholeResult {
		const known = this.#known;
		if (known?.size.width === width && known.size.height === height) return known.whole;
		const whole = new WholeResult(layOutView(this.#parts.view, { width, height }, this.#parts.input));
		this.#known = { size: { width, height }, whole };
		return whole;
	}

	async #inspectWhole(frame: Pixels, layout: ViewLayout): Promise<SeenFrame> {
		const pixels = await fitView(frame, layout, this.#parts.input.channels);
		const begunAt = performance.now();
		const inspected = await this.#parts.inspector.inspect(pixels.data);
		const inferenceMs = inspected.runMs ?? performance.now() - begunAt;
		return { frame, inspected, layout, pixels, inferenceMs, map: (mapTile) => mapTile(pixels.data) };
	}

	/** The frame itself where every pixel is taken as it is. */
	async #sourceOf(frame: Pixels, layout: ViewLayout): Promise<Source> {
		const { channels } = this.#parts.input;
		if (isExact(layout) && frame.channels === channels) return { image: frame, region: layout.roi };
		return { image: await fitView(frame, layout, channels), region: { x: 0, y: 0, ...layout.seen } };
	}

	/** As many at once as go at once. @returns the time in the model, ms */
	async #inspectTiles({ image, region }: Source, whole: WholeResult): Promise<number> {
		const { batch, inspector } = this.#parts;
		const { tile, tiles } = whole.layout;
		const [size, into, bytes] = [batch?.size ?? 1, batch?.pixels ?? this.#tile, this.#tile.length];
		let ms = 0;
		whole.begin();
		for (let first = 0; first < tiles.length; first += size) {
			const some = tiles.slice(first, first + size);
			for (const [i, at] of some.entries()) cutTile(image, region, at, tile, into.subarray(i * bytes, (i + 1) * bytes));
			const begunAt = performance.now();
			const results = batch ? await batch.inspect(some.length) : [await inspector.inspect(into)];
			ms += performance.now() - begunAt;
			for (const [i, result] of results.entries()) whole.add(first + i, result);
		}
		return ms;
	}
}

async function mapTiles(
	{ image, region }: Source,
	{ layout, stitch }: WholeResult,
	mapTile: (pixels: Uint8Array) => Promise<Float32Array | undefined>,
): Promise<Float32Array | undefined> {
	const { seen, tile, tiles } = layout;
	const whole = new Float32Array(seen.width * seen.height);
	const pixels = new Uint8Array(tile.width * tile.height * image.channels);
	for (const [i, at] of tiles.entries()) {
		cutTile(image, region, at, tile, pixels);
		const map = await mapTile(pixels);
		if (!map) return undefined;
		stitch.add(i, map, whole);
	}
	return whole;
}
