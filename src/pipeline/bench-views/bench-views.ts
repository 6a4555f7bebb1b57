/** What looking through a view costs beside bare inference, whether batches gain, and what stitching does to masks. */
import { Random } from '../../base/random.ts';
import { FrameInspector } from '../../bundle/frame-inspector.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import { openFrameInspector } from '../../bundle/open-frame-inspector.ts';
import { parityInputs } from '../../bundle/parity.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import type { Size } from '../../imaging/view/lay-out-view.ts';
import type { View } from '../../imaging/view/view.ts';
import { type Inspector, openInspector } from '../../inference/inspector-model.ts';
import type { BenchCase } from '../bench-case.ts';

export interface ViewBenchOptions {
	readonly view: View;
	/** Size of the frames. */
	readonly frame: Size;
	readonly batches: readonly number[];
	readonly threads: number;
	/** Times that ours and the peer take turns. */
	readonly rounds: number;
	readonly onCase?: (name: string) => void;
}

/** Speed on frames of noise, of the default model on the CPU. @throws CONFIG_INVALID when the view does not lie on the frame */
export async function benchViews(bundle: Bundle, options: ViewBenchOptions): Promise<BenchCase[]> {
	const { input } = bundle.manifest;
	const { view, frame: size, batches, threads, rounds } = options;
	const inspector = await openInspector({ bytes: bundle.model(), input }, { threads, spinning: false });
	try {
		const frame = noise(size, input.channels);
		const alone = new FrameInspector({ inspector, input, view });
		const { tiles } = alone.layoutOf(frame);
		const name = `${tiles.length} tiles of ${size.width} × ${size.height}`;
		const cases = [await besideBare(name, alone, inspector, frame, rounds, input)];
		for (const batch of batches.filter((n) => n > 1)) {
			options.onCase?.(`batches of ${batch}`);
			cases.push(await besideAlone(bundle, inspector, { ...options, batch }, alone, frame, name));
		}
		return cases;
	} finally {
		await inspector.close();
	}
}

/** Cutting, checking and stitching beside as many runs of the model on pixels that lie ready. */
async function besideBare(
	name: string,
	frames: FrameInspector,
	inspector: Inspector,
	frame: Pixels,
	rounds: number,
	input: Bundle['manifest']['input'],
): Promise<BenchCase> {
	const tile = frame.data.slice(0, input.width * input.height * input.channels);
	const count = frames.layoutOf(frame).tiles.length;
	const bare = async () => {
		let ms = 0;
		for (let i = 0; i < count; i++) ms += (await inspector.inspect(tile)).runMs!;
		return ms;
	};
	const [ours, peer] = await inTurns(() => timed(() => frames.inspect(frame)), bare, rounds);
	const metric = 'ms a frame through the view';
	return { name, metric, ours, peer, ratio: peer / ours, beside: 'as many bare runs of the model' };
}

async function besideAlone(
	bundle: Bundle,
	inspector: Inspector,
	{ view, threads, rounds, batch }: ViewBenchOptions & { readonly batch: number },
	alone: FrameInspector,
	frame: Pixels,
	name: string,
): Promise<BenchCase> {
	const { input } = bundle.manifest;
	const model = {
		...{ bytes: bundle.model(), input, precision: bundle.defaultPrecision, inspector },
		references: parityInputs(bundle),
	};
	const tiled = { ...view, tiles: { ...view.tiles!, batch } };
	const opened = await openFrameInspector(model, tiled, { threads, spinning: false });
	const what = { name: `${name}, ${batch} at once`, metric: 'ms a frame', beside: 'one after the other' };
	try {
		if (opened.whyNotBatched) return { ...what, ours: null, peer: null, ratio: null, missing: opened.whyNotBatched };
		const run = (frames: FrameInspector) => () => timed(() => frames.inspect(frame));
		const [ours, peer] = await inTurns(run(opened.frames), run(alone), rounds);
		return { ...what, ours, peer, ratio: peer / ours };
	} finally {
		await opened.close();
	}
}

async function timed(run: () => Promise<unknown>): Promise<number> {
	const begunAt = performance.now();
	await run();
	return performance.now() - begunAt;
}

/** Medians of both, taken by turns after a round that does not count. */
async function inTurns(ours: () => Promise<number>, peer: () => Promise<number>, rounds: number) {
	const times: [number[], number[]] = [[], []];
	for (let round = -1; round < rounds; round++)
		for (const [i, run] of [ours, peer].entries()) {
			const ms = await run();
			if (round >= 0) times[i].push(ms);
		}
	return times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]);
}

function noise({ width, height }: Size, channels: 1 | 3): Pixels {
	const random = new Random(1);
	const data = Uint8Array.from({ length: width * height * channels }, () => 90 + random.integer(60));
	return { width, height, channels, data };
}
