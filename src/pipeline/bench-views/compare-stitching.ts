/** Masks that are put together by the mean weighted by depth, beside the maximum of tiles, on labelled images. */
import type { Bundle } from '../../bundle/open-bundle.ts';
import { cutTile } from '../../imaging/view/cut-tile.ts';
import { fitMask, fitView } from '../../imaging/view/fit-view.ts';
import { layOutView, type ViewLayout } from '../../imaging/view/lay-out-view.ts';
import { Stitch } from '../../imaging/view/stitch.ts';
import type { View } from '../../imaging/view/view.ts';
import { openInspector } from '../../inference/inspector-model.ts';
import { MaskIouTotals } from '../../metrics/mask-iou/mask-ious.ts';
import { SegmentationTotals } from '../../metrics/segmentation.ts';
import type { Dataset, Split } from '../../training/datasets/dataset.ts';
import { samplesOf } from '../../training/datasets/load-split.ts';
import type { BenchCase } from '../bench-case.ts';

const BESIDE = 'the maximum of tiles';

interface Totals {
	readonly segmentation: SegmentationTotals;
	readonly ious: MaskIouTotals;
	marked: number;
	sound: number;
}

/** @returns false marks on sound images, macro IoU, and how far expected IoU is from measured IoU @throws BUNDLE_INVALID */
export async function compareStitching(
	bundle: Bundle,
	dataset: Dataset,
	{ view, split, threads }: { readonly view: View; readonly split: Split; readonly threads: number },
): Promise<BenchCase[]> {
	const { input } = bundle.manifest;
	const inspector = await openInspector({ bytes: bundle.model(), input }, { threads });
	const [ours, peer] = [newTotals(), newTotals()];
	try {
		for (const sample of samplesOf(dataset, split)) {
			const { pixels, mask } = await dataset.load(sample, { channels: input.channels });
			const layout = layOutView(view, pixels, input);
			const masks: Float32Array[] = [];
			const seen = await fitView(pixels, layout, input.channels);
			for (const at of layout.tiles) {
				const tile = new Uint8Array(input.width * input.height * input.channels);
				cutTile(seen, { x: 0, y: 0, ...layout.seen }, at, layout.tile, tile);
				masks.push((await inspector.inspect(tile)).mask!);
			}
			const truth = mask && fitMask(mask, layout).data;
			add(ours, byDepth(masks, layout), truth, sample);
			add(peer, byMaximum(masks, layout), truth, sample);
		}
	} finally {
		await inspector.close();
	}
	return casesOf(`${dataset.name}, ${split}`, ours, peer);
}

function byDepth(masks: readonly Float32Array[], layout: ViewLayout): Float32Array {
	const whole = new Float32Array(layout.seen.width * layout.seen.height);
	const stitch = new Stitch(layout);
	for (const [i, mask] of masks.entries()) stitch.add(i, mask, whole);
	return whole;
}

function byMaximum(masks: readonly Float32Array[], { seen, tile, tiles }: ViewLayout): Float32Array {
	const whole = new Float32Array(seen.width * seen.height);
	for (const [i, { x: left, y: top }] of tiles.entries())
		for (let y = 0; y < Math.min(tile.height, seen.height - top); y++)
			for (let x = 0; x < Math.min(tile.width, seen.width - left); x++) {
				const to = (top + y) * seen.width + left + x;
				whole[to] = Math.max(whole[to], masks[i][y * tile.width + x]);
			}
	return whole;
}

function newTotals(): Totals {
	return { segmentation: new SegmentationTotals(), ious: new MaskIouTotals(), marked: 0, sound: 0 };
}

function add(
	totals: Totals,
	mask: Float32Array,
	truth: Uint8Array | undefined,
	sample: { readonly defective: boolean; readonly class: string; readonly group: string },
): void {
	if (!sample.defective) {
		totals.sound += mask.length;
		for (const p of mask) if (p > 0.5) totals.marked++;
	}
	if (!truth) return;
	totals.segmentation.add(mask, truth, sample.defective ? sample.class : undefined);
	totals.ious.add(mask, truth, sample);
}

function casesOf(name: string, ours: Totals, peer: Totals): BenchCase[] {
	const marks = ({ marked, sound }: Totals) => (1e6 * marked) / sound;
	const macroIou = ({ segmentation }: Totals) => segmentation.scores().macroIou;
	const optimism = ({ ious }: Totals) => {
		const { pairs } = ious.totals();
		return Math.abs(pairs.reduce((sum, { expected, measured }) => sum + expected - measured, 0) / pairs.length);
	};
	const of = (metric: string, figure: (totals: Totals) => number, isLessBetter: boolean): BenchCase => {
		const [a, b] = [figure(ours), figure(peer)];
		return { name, metric, ours: a, peer: b, ratio: isLessBetter ? b / a : a / b, beside: BESIDE };
	};
	return [
		of('of a million pixels of sound images marked', marks, true),
		of('macro IoU', macroIou, false),
		of('between expected and measured IoU', optimism, true),
	];
}
