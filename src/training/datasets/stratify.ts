/** Deals groups of images over splits so that every class is in every split in proportion, rare classes first. */
import type { Random } from '../../base/random.ts';
import { SPLITS, type Split } from './dataset.ts';

/** Images that stay together: how many of each class. */
export interface ClassCounts {
	readonly name: string;
	readonly counts: ReadonlyMap<string, number>;
	/** The split that it is in already, if it has one. */
	readonly split?: Split;
}

/** Images of a class that each split shall hold; may be fractions. */
export type Wanted = ReadonlyMap<string, Readonly<Record<Split, number>>>;

/**
 * Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label data"), with
 * groups in the place of examples and the images of a class that a group holds in the place of a label: the class with
 * the fewest groups left is dealt first, its largest group first, each to the split that lacks most of that class.
 * Beyond the paper: a split that has nothing of a class yet comes first while the class has just enough groups for all
 * splits, so that a class of three groups is in all three as far as its groups are its own.
 *
 * @param wanted every class of the groups; a split that wants none of any class gets nothing
 * @returns the split of each group by name, of those that had one too
 */
export function stratify(groups: readonly ClassCounts[], wanted: Wanted, random: Random): Map<string, Split> {
	const deal = new Deal(wanted, random);
	for (const group of groups) if (group.split) deal.put(group, group.split);
	let open = random.shuffle(groups.filter((group) => !group.split));
	while (open.length > 0) {
		const rarest = rarestClass(open);
		const [own, others] = partition(open, (group) => group.counts.has(rarest));
		own.sort((a, b) => b.counts.get(rarest)! - a.counts.get(rarest)!);
		for (const [i, group] of own.entries()) deal.put(group, deal.choose(group, rarest, own.length - i));
		open = others;
	}
	return deal.splits;
}

/** What has been given out, and what each split still lacks. */
class Deal {
	readonly splits = new Map<string, Split>();
	readonly #random: Random;
	readonly #open: readonly Split[];
	readonly #lack: Map<string, Record<Split, number>>;
	/** Splits that hold nothing of a class yet. */
	readonly #without: Map<string, Set<Split>>;

	constructor(wanted: Wanted, random: Random) {
		const wants = (split: Split, counts: Readonly<Record<Split, number>>) => counts[split] > 0;
		this.#random = random;
		this.#open = SPLITS.filter((split) => [...wanted.values()].some((counts) => wants(split, counts)));
		this.#lack = new Map([...wanted].map(([name, counts]) => [name, { ...counts }]));
		this.#without = new Map(
			[...wanted].map(([name, counts]) => [name, new Set(SPLITS.filter((split) => wants(split, counts)))]),
		);
	}

	put(group: ClassCounts, split: Split): void {
		this.splits.set(group.name, split);
		for (const [name, count] of group.counts) {
			this.#lack.get(name)![split] -= count;
			this.#without.get(name)!.delete(split);
		}
	}

	/**
	 * The split that lacks most of the class; among equals the one that lacks most of all the group's classes; then by lot.
	 *
	 * @param left groups of the class that are still to be dealt, this one too
	 */
	choose(group: ClassCounts, name: string, left: number): Split {
		const without = this.#without.get(name)!;
		const candidates = left <= without.size ? [...without] : this.#open;
		const needs = candidates.map((split) => ({
			split,
			own: this.#lack.get(name)![split],
			all: [...group.counts.keys()].reduce((sum, each) => sum + this.#lack.get(each)![split], 0),
			lot: this.#random.uniform(),
		}));
		return needs.sort((a, b) => b.own - a.own || b.all - a.all || b.lot - a.lot)[0].split;
	}
}

/** The class that is in the fewest groups; of equals the first by name. */
function rarestClass(groups: readonly ClassCounts[]): string {
	const counts = new Map<string, number>();
	for (const group of groups) for (const name of group.counts.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
	return [...counts].sort(([a, n], [b, m]) => n - m || (a < b ? -1 : 1))[0][0];
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
	return [items.filter(test), items.filter((item) => !test(item))];
}
