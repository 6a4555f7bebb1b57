/** Puts look-alikes into one group and one split, and leaves everything else where it is. */
import { Random } from '../../base/random.ts';
import type { AlikePair } from './check-leaks.ts';
import type { Dataset, Sample, Split } from './dataset.ts';
import { countByGroup } from './split-by-group.ts';
import { stratify } from './stratify.ts';

export interface Regrouping {
	readonly samples: readonly Sample[];
	readonly groups: number;
	/** Images that change their split. */
	readonly moved: number;
}

/**
 * Groups that share look-alikes become one, named after the first of them. Those that lie in several splits are dealt
 * anew, so that each class keeps, as near as groups allow, the number of images that it has in each split.
 */
export function regroup({ samples }: Dataset, pairs: readonly AlikePair[], seed: number): Regrouping {
	const nameOf = mergedGroups(samples, pairs);
	const grouped = samples.map((sample) => ({ ...sample, group: nameOf(sample.group) }));
	const splitsOf = new Map<string, Set<Split>>();
	for (const { group, split } of grouped) splitsOf.set(group, (splitsOf.get(group) ?? new Set()).add(split));
	const groups = countByGroup(grouped).map((group) => {
		const [split, ...others] = splitsOf.get(group.name)!;
		return others.length > 0 ? group : { ...group, split };
	});
	const splits = stratify(groups, wantedOf(samples), new Random(seed, 0x9e6));
	const result = grouped.map((sample) => ({ ...sample, split: splits.get(sample.group)! }));
	const moved = result.filter(({ split }, i) => split !== samples[i].split).length;
	return { samples: result, groups: groups.length, moved };
}

/** The name that a group has after all merges (union–find with path halving). */
function mergedGroups(samples: readonly Sample[], pairs: readonly AlikePair[]): (group: string) => string {
	const parents = new Map(samples.map(({ group }) => [group, group]));
	const root = (group: string): string => {
		let at = group;
		while (parents.get(at) !== at) {
			parents.set(at, parents.get(parents.get(at)!)!);
			at = parents.get(at)!;
		}
		return at;
	};
	for (const { a, b } of pairs) {
		const [first, second] = [root(a.group), root(b.group)].sort();
		parents.set(second, first);
	}
	return root;
}

function wantedOf(samples: readonly Sample[]): Map<string, Record<Split, number>> {
	const wanted = new Map<string, Record<Split, number>>();
	for (const { class: name, split } of samples) {
		const counts = wanted.get(name) ?? { train: 0, val: 0, test: 0 };
		counts[split]++;
		wanted.set(name, counts);
	}
	return wanted;
}
