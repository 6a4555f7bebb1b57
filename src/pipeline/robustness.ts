/** How a deployed model bears parts that lie turned or shifted, ageing lamps and lenses out of focus. */
import { type Inspector, openInspector } from '../inference/inspector-model.ts';
import { confusionAt, recallOf } from '../metrics/confusion.ts';
import { averagePrecision } from '../metrics/precision-recall.ts';
import type { Scored } from '../metrics/scored.ts';
import { CHANGES, type Change } from '../training/augment/fixed-changes.ts';
import { imageAt, type LabelledImages, maskAt } from '../training/labelled-images.ts';
import type { Robustness, RobustnessCurve } from '../training/report/report-data.ts';

export interface RobustnessOptions {
	readonly model: Uint8Array;
	readonly precision: string;
	readonly threshold: number;
	readonly data: LabelledImages;
	/** What the images are called in the report. */
	readonly split: string;
	/** Time that it may take, about; decides how many images are looked at. */
	readonly budgetMs?: number;
}

/** At least so many images, however slow the model, and at most so many, however fast. */
const FEWEST = 24;
const MOST = 240;

/**
 * Changes some images of a split by fixed strengths and scores them; each curve begins with, or contains, the unchanged
 * images. Images are drawn evenly, sound and defective at the same rate.
 */
export async function measureRobustness(options: RobustnessOptions): Promise<Robustness> {
	const { model, data, split, precision, threshold, budgetMs = 30_000 } = options;
	const size = { width: data.width, height: data.height, channels: data.channels };
	const inspector = await openInspector({ bytes: model, input: size });
	try {
		const runs = CHANGES.reduce((sum, { strengths }) => sum + strengths.filter((s) => s !== 0).length, 1);
		const perImage = await millisecondsPerImage(inspector, data);
		const wanted = Math.min(MOST, Math.max(FEWEST, Math.floor(budgetMs / (runs * perImage))));
		const places = spread(data, wanted);
		const unchanged = await score(inspector, data, places);
		const curves: RobustnessCurve[] = [];
		for (const { name, unit, strengths, create } of CHANGES) {
			const apply = create(size);
			const points: RobustnessCurve['points'][number][] = [];
			for (const strength of strengths) {
				const scored = strength === 0 ? unchanged : await score(inspector, data, places, { apply, strength });
				points.push({ strength, ...figuresOf(scored, threshold) });
			}
			curves.push({ change: name, unit, points });
		}
		const defect = unchanged.filter(({ defective }) => defective).length;
		return { split, precision, n: { ok: places.length - defect, defect }, of: data.samples.length, curves };
	} finally {
		await inspector.close();
	}
}

function figuresOf(scored: readonly Scored[], threshold: number) {
	const confusion = confusionAt(scored, threshold);
	const { falseAlarms, passes } = confusion;
	return {
		ap: averagePrecision(scored),
		recall: recallOf(confusion),
		falseAlarms: falseAlarms / (falseAlarms + passes),
	};
}

/** Of inference and a change together, roughly: what a change takes is little beside a network. */
async function millisecondsPerImage(inspector: Inspector, data: LabelledImages): Promise<number> {
	await inspector.inspect(imageAt(data, 0));
	const count = Math.min(5, data.samples.length);
	const start = performance.now();
	for (let i = 0; i < count; i++) await inspector.inspect(imageAt(data, i));
	return (1.5 * (performance.now() - start)) / count;
}

/** Places of about `wanted` images, evenly over the defective and over the sound ones, at least one of each kind there is. */
function spread({ samples }: LabelledImages, wanted: number): number[] {
	const share = Math.min(1, wanted / samples.length);
	return [true, false].flatMap((kind) => {
		const places = [...samples.keys()].filter((i) => samples[i].defective === kind);
		const count = places.length === 0 ? 0 : Math.max(1, Math.round(share * places.length));
		return Array.from({ length: count }, (_, i) => places[Math.floor((i * places.length) / count)]);
	});
}

interface Step {
	readonly apply: ReturnType<Change['create']>;
	readonly strength: number;
}

async function score(
	inspector: Inspector,
	data: LabelledImages,
	places: readonly number[],
	step?: Step,
): Promise<Scored[]> {
	const results: Scored[] = [];
	for (const [turn, place] of places.entries()) {
		const bytes = step ? changed(data, place, turn, step) : imageAt(data, place);
		const { score } = await inspector.inspect(bytes);
		results.push({ score, defective: data.samples[place].defective });
	}
	return results;
}

function changed(data: LabelledImages, place: number, turn: number, { apply, strength }: Step): Uint8Array {
	const image = Float32Array.from(imageAt(data, place), (value) => value / 255);
	apply(image, Float32Array.from(maskAt(data, place)), strength, turn);
	return Uint8Array.from(image, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}
