/** Completes the splits of a dataset: images of a group land in one split, every class in each, the same for the same seed. */
import { Random } from '../../base/random.ts';
import type { Sample, Split, UnsplitSample } from './dataset.ts';
import { type ClassCounts, stratify, type Wanted } from './stratify.ts';

type Shares = Readonly<Record<Split, number>>;

/** Of a dataset without any split. */
const SHARES: Shares = { train: 0.7, val: 0.15, test: 0.15 };

/** Of a train split from which `val` is cut, when the dataset brings its own `test`. */
const TRAIN_SHARES: Shares = { train: 0.9, val: 0.1, test: 0 };

/**
 * Gives each sample without a split one of train, val and test (70/15/15), or, where it may only be trained with, one of
 * train and val (90/10).
 */
export function splitByGroup(samples: readonly UnsplitSample[], seed: number): Sample[] {
	const open = samples.filter((sample) => sample.split === undefined);
	const splits = new Map([
		...dealt(
			open.filter((sample) => !sample.notForTest),
			SHARES,
			new Random(seed, 0x5b117),
		),
		...dealt(
			open.filter((sample) => sample.notForTest),
			TRAIN_SHARES,
			new Random(seed, 0x5b118),
		),
	]);
	return samples.map(({ notForTest: _, ...sample }) => ({
		...sample,
		split: sample.split ?? splits.get(sample.group)!,
	}));
}

function dealt(samples: readonly UnsplitSample[], shares: Shares, random: Random): Map<string, Split> {
	const groups = countByGroup(samples);
	const totals = new Map<string, number>();
	for (const { counts } of groups)
		for (const [name, count] of counts) totals.set(name, (totals.get(name) ?? 0) + count);
	const wanted: Wanted = new Map(
		[...totals].map(([name, n]) => [name, { train: shares.train * n, val: shares.val * n, test: shares.test * n }]),
	);
	return stratify(groups, wanted, random);
}

/** The groups of some samples, ordered by their names so that the order of files on a disk does not matter. */
export function countByGroup(samples: readonly Pick<Sample, 'group' | 'class'>[]): ClassCounts[] {
	const groups = new Map<string, Map<string, number>>();
	for (const { group, class: name } of samples) {
		const counts = groups.get(group) ?? new Map<string, number>();
		groups.set(group, counts.set(name, (counts.get(name) ?? 0) + 1));
	}
	return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, counts]) => ({ name, counts }));
}
