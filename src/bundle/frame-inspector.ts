/** A camera's frame through a view to one result: fitted, or tile by tile and put together again. One copy, for bench and station. */
import type { Pixels } from '../imaging/pixels.ts';
import { cutRegion, cutTile } from '../imaging/view/cut-tile.ts';
import { fitView } from '../imaging/view/fit-view.ts';
import { isExact, layOutView, type Region, type Size, type ViewLayout } from '../imaging/view/lay-out-view.ts';
import { mergeTile } from '../imaging/view/merge-tile.ts';
import type { View } from '../imaging/view/view.ts';
import type { BatchInspector } from '../inference/batch-inspector.ts';
import type { Inspected, Inspector } from '../inference/inspector-model.ts';

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
	#layout: { readonly size: Size; readonly layout: ViewLayout } | undefined;
	#mask = new Float32Array();
	#labels = new Uint8Array();

	constructor(parts: FrameInspectorParts) {
		const { width, height, channels } = parts.input;
		this.#parts = parts;
		this.#tile = new Uint8Array(parts.view?.tiles ? width * height * channels : 0);
	}

	/**
	 * @param frame in any size that the view lies in
	 * @throws FRAME_SIZE_WRONG, CONFIG_INVALID, MODEL_FAILED
	 */
	async inspect(frame: Pixels): Promise<SeenFrame> {
		const layout = this.layoutOf(frame);
		if (!this.#parts.view?.tiles) return this.#inspectWhole(frame, layout);
		const source = await this.#sourceOf(frame, layout);
		const merged = new Merged(
			layout,
			(size) => this.#clearMask(size),
			(size) => this.#clearLabels(size),
		);
		let inferenceMs = 0;
		for (let first = 0; first < layout.tiles.length; ) {
			const started = await this.#inspectTiles(source, layout, first, merged);
			inferenceMs += started.ms;
			first += started.count;
		}
		let pixels: Pixels | undefined;
		return {
			inspected: merged.result(),
			layout,
			get pixels() {
				pixels ??= cutRegion(source.image, source.region);
				return pixels;
			},
			inferenceMs,
			map: (mapTile) => mapTiles(source, layout, mapTile),
		};
	}

	/** Where the view lies on an image of this size. @throws FRAME_SIZE_WRONG, CONFIG_INVALID */
	layoutOf(image: Size): ViewLayout {
		const known = this.#layout;
		if (known?.size.width === image.width && known.size.height === image.height) return known.layout;
		const layout = layOutView(this.#parts.view, image, this.#parts.input);
		this.#layout = { size: { width: image.width, height: image.height }, layout };
		return layout;
	}

	async #inspectWhole(frame: Pixels, layout: ViewLayout): Promise<SeenFrame> {
		const pixels = await fitView(frame, layout, this.#parts.input.channels);
		const begunAt = performance.now();
		const inspected = await this.#parts.inspector.inspect(pixels.data);
		const inferenceMs = performance.now() - begunAt;
		return { inspected, layout, pixels, inferenceMs, map: (mapTile) => mapTile(pixels.data) };
	}

	/** The frame itself where every pixel is taken as it is. */
	async #sourceOf(frame: Pixels, layout: ViewLayout): Promise<Source> {
		const { channels } = this.#parts.input;
		if (isExact(layout) && frame.channels === channels) return { image: frame, region: layout.roi };
		return { image: await fitView(frame, layout, channels), region: { x: 0, y: 0, ...layout.seen } };
	}

	/** As many as go at once. @returns how many these were, and the time in the model */
	async #inspectTiles({ image, region }: Source, layout: ViewLayout, first: number, merged: Merged) {
		const { batch, inspector } = this.#parts;
		const tiles = layout.tiles.slice(first, first + (batch?.size ?? 1));
		const into = batch?.pixels ?? this.#tile;
		const bytes = this.#tile.length;
		for (const [i, at] of tiles.entries())
			cutTile(image, region, at, layout.tile, into.subarray(i * bytes, (i + 1) * bytes));
		const begunAt = performance.now();
		const results = batch ? await batch.inspect(tiles.length) : [await inspector.inspect(into)];
		const ms = performance.now() - begunAt;
		for (const [i, at] of tiles.entries()) merged.add(results[i], at);
		return { count: tiles.length, ms };
	}

	#clearMask(size: number): Float32Array {
		if (this.#mask.length === size) this.#mask.fill(0);
		else this.#mask = new Float32Array(size);
		return this.#mask;
	}

	#clearLabels(size: number): Uint8Array {
		if (this.#labels.length === size) this.#labels.fill(0);
		else this.#labels = new Uint8Array(size);
		return this.#labels;
	}
}

/** The results of tiles, as they come, as one of the whole. */
class Merged {
	readonly #layout: ViewLayout;
	readonly #newMask: (size: number) => Float32Array;
	readonly #newLabels: (size: number) => Uint8Array;
	#score = -1;
	#classScores: Float32Array | undefined;
	#mask: Float32Array | undefined;
	#labels: Uint8Array | undefined;

	constructor(layout: ViewLayout, newMask: (size: number) => Float32Array, newLabels: (size: number) => Uint8Array) {
		this.#layout = layout;
		this.#newMask = newMask;
		this.#newLabels = newLabels;
	}

	add({ score, classScores, mask, labels }: Inspected, at: { readonly x: number; readonly y: number }): void {
		const { seen } = this.#layout;
		if (score > this.#score) {
			this.#score = score;
			// The next batch may be written over it.
			this.#classScores = classScores?.slice();
		}
		if (!mask) return;
		this.#mask ??= this.#newMask(seen.width * seen.height);
		if (labels) this.#labels ??= this.#newLabels(seen.width * seen.height);
		mergeTile(mask, at, this.#layout, this.#mask, labels, this.#labels);
	}

	result(): Inspected {
		return {
			score: this.#score,
			...(this.#mask && { mask: this.#mask }),
			...(this.#classScores && { classScores: this.#classScores }),
			...(this.#labels && { labels: this.#labels }),
		};
	}
}

async function mapTiles(
	{ image, region }: Source,
	layout: ViewLayout,
	mapTile: (pixels: Uint8Array) => Promise<Float32Array | undefined>,
): Promise<Float32Array | undefined> {
	const { seen, tile, tiles } = layout;
	const whole = new Float32Array(seen.width * seen.height);
	const pixels = new Uint8Array(tile.width * tile.height * image.channels);
	for (const at of tiles) {
		cutTile(image, region, at, tile, pixels);
		const map = await mapTile(pixels);
		if (!map) return undefined;
		mergeTile(map, at, layout, whole);
	}
	return whole;
}
