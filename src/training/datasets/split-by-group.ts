/** Splits that keep look-alikes together: all images of a group land in one split, every class in each. */
import { Random } from '../../base/random.ts';
import type { Sample, Split, UnsplitSample } from './dataset.ts';
import { SPLITS } from './dataset.ts';

const SHARES: Record<Split, number> = { train: 0.7, val: 0.15, test: 0.15 };

interface Group {
	readonly name: string;
	readonly class: string;
	readonly size: number;
}

/**
 * Gives each sample without a split one of train, val and test (70/15/15), the same for the same seed.
 *
 * A group counts as its defect class if any of its images is defective. A class with three groups or more is in every split.
 */
export function splitByGroup(samples: readonly UnsplitSample[], seed: number): Sample[] {
	const open = samples.filter((sample) => sample.split === undefined);
	if (open.length === 0) return samples as Sample[];
	const random = new Random(seed, 0x5b117);
	const splitOf = new Map<string, Split>();
	for (const groups of groupsByClass(open).values()) deal(random.shuffle(groups), splitOf);
	return samples.map((sample) => ({ ...sample, split: sample.split ?? splitOf.get(sample.group)! }));
}

function groupsByClass(samples: readonly UnsplitSample[]): Map<string, Group[]> {
	const sorted = [...samples].sort((a, b) => (a.id < b.id ? -1 : 1));
	const byGroup = Map.groupBy(sorted, (sample) => sample.group);
	const groups = [...byGroup].map(([name, members]) => ({
		name,
		class: (members.find((sample) => sample.defective) ?? members[0]).class,
		size: members.length,
	}));
	return Map.groupBy(groups, (group) => group.class);
}

/** One group to each split, then each to the split that lacks most. */
function deal(groups: readonly Group[], splitOf: Map<string, Split>): void {
	const total = groups.reduce((sum, group) => sum + group.size, 0);
	const lack = { train: SHARES.train * total, val: SHARES.val * total, test: SHARES.test * total };
	groups.forEach((group, i) => {
		const neediest = SPLITS.reduce((best, split) => (lack[split] > lack[best] ? split : best));
		const split = groups.length >= 3 && i < 3 ? SPLITS[i] : neediest;
		lack[split] -= group.size;
		splitOf.set(group.name, split);
	});
}
