/** Classes and splits with too few images, masks that only some parts have: what training will miss, and what to do. */
import { certifiableRecall } from '../../metrics/operating-points/order-statistic.ts';
import { type Dataset, SPLITS, type Split } from './dataset.ts';
import { error, type Finding, warning } from './finding.ts';
import { labelsOf } from './labels.ts';

/** Images per class and split. */
export type Counts = Readonly<Record<string, Readonly<Record<Split, number>>>>;

/** Images of a class in `train` below which it is mostly learnt by heart. */
const FEW = 20;

/** How many times larger the largest class of `train` may be than the smallest. */
const UNEVEN = 10;

/** A recall below this is little to promise. */
const LOW_RECALL = 0.9;

const CONFIDENCE = 0.95;

export function countsOf(dataset: Dataset): Counts {
	const names = [...labelsOf(dataset).keys()];
	const counts = new Map<string, Record<Split, number>>(names.map((name) => [name, { train: 0, val: 0, test: 0 }]));
	for (const { class: name, split } of dataset.samples) counts.get(name)![split]++;
	return Object.fromEntries(counts);
}

export function checkBalance(dataset: Dataset, counts: Counts): Finding[] {
	return [...gaps(dataset, counts), ...imbalance(dataset, counts), ...proof(dataset), ...partlyMasked(dataset)];
}

/** Splits that lack a kind of part. */
function gaps({ classes, soundClass }: Dataset, counts: Counts): Finding[] {
	const missing = SPLITS.flatMap((split) =>
		Object.keys(counts)
			.filter((name) => counts[name][split] === 0)
			.map((name) => (name === soundClass ? error : warning)(`class ${name}`, `has no images in ${split}`)),
	);
	const blind = SPLITS.filter((split) => classes.every((name) => counts[name][split] === 0)).map((split) =>
		error(`split ${split}`, soundClass === undefined ? 'has no images' : 'has no defective parts'),
	);
	return [...missing, ...blind];
}

/** Classes that are few, by themselves or beside the others. */
function imbalance({ soundClass }: Dataset, counts: Counts): Finding[] {
	const inTrain = Object.entries(counts).map(([name, { train }]) => ({ name, train }));
	const few = inTrain.filter(({ train }) => train > 0 && train < FEW);
	const cure =
		soundClass === undefined
			? 'collect more, or augment strongly'
			: 'collect more, augment strongly, and paste its defects onto sound parts (--set cutPaste.probability=0.5)';
	const findings = few.map(({ name, train }) =>
		warning(`class ${name}`, `has only ${train} images in train, which a network learns by heart; ${cure}`),
	);
	const present = inTrain.filter(({ train }) => train > 0).sort((a, b) => b.train - a.train);
	const [largest, smallest] = [present[0], present.at(-1)];
	if (largest && smallest && largest.train >= UNEVEN * smallest.train)
		findings.push(
			warning(
				`class ${smallest.name}`,
				`is ${(largest.train / smallest.train).toFixed(0)} times rarer in train than ${largest.name} (${smallest.train} against ${largest.train} images); ${evenly(soundClass)}`,
			),
		);
	return findings;
}

function evenly(soundClass: string | undefined): string {
	return soundClass === undefined
		? 'give its loss more weight (classWeights: balanced)'
		: 'keep the balanced sampler (sampler.order), which draws every defect class equally often, and judge each class by itself, not by accuracy';
}

/** How little the defective parts of `test` can prove. */
function proof({ samples, soundClass }: Dataset): Finding[] {
	const parts = new Set(
		samples.filter(({ split, defective }) => split === 'test' && defective).map(({ group }) => group),
	).size;
	const recall = parts > 0 ? certifiableRecall(parts, CONFIDENCE) : 1;
	if (soundClass === undefined || recall >= LOW_RECALL) return [];
	const most = (Math.floor(recall * 1000) / 10).toFixed(1);
	return [
		warning(
			'split test',
			`its ${parts} defective parts can prove a recall of ${most} % at most, with ${CONFIDENCE * 100} % confidence; add more, or certify on fresh parts (andon tune)`,
		),
	];
}

function partlyMasked({ samples }: Dataset): Finding[] {
	const defective = samples.filter((sample) => sample.defective);
	const unmasked = defective.filter((sample) => sample.mask === undefined);
	if (unmasked.length === 0 || unmasked.length === defective.length) return [];
	return [warning(unmasked[0].id, `and ${unmasked.length - 1} more defective parts have no mask, others do`)];
}
