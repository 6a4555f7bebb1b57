/** Which part of an exported dataset a group belongs to: the same at every export, so that no test part is ever trained on. */
import { createHash } from 'node:crypto';

export type ExportSplit = 'train' | 'val' | 'test';

/** 70 % train, 15 % val, 15 % test. */
const VAL_FROM = 0.7;
const TEST_FROM = 0.85;
/** Classes of fewer groups are not spread by force. */
const SPREADABLE = 3;

/**
 * By the hash of a group's name. Where all groups of a class happen to avoid a split, the one nearest to it moves: that
 * is rare once a class has some twenty groups, and the only case in which a later export can differ.
 *
 * @param classesOf group → classes that it shows
 */
export function dealSplits(classesOf: ReadonlyMap<string, ReadonlySet<string>>): Map<string, ExportSplit> {
	const places = new Map([...classesOf.keys()].map((group) => [group, placeOf(group)] as const));
	const splits = new Map([...places].map(([group, place]) => [group, splitAt(place)] as const));
	const classes = new Set([...classesOf.values()].flatMap((of) => [...of]));
	for (const name of [...classes].sort()) {
		const groups = [...classesOf].filter(([, of]) => of.has(name)).map(([group]) => group);
		if (groups.length < SPREADABLE) continue;
		for (const wanted of ['train', 'test', 'val'] as const) fill(groups, wanted, places, splits);
	}
	return splits;
}

/** Moves one group into a split that has none of these, from the split that has most. */
function fill(
	groups: readonly string[],
	wanted: ExportSplit,
	places: ReadonlyMap<string, number>,
	splits: Map<string, ExportSplit>,
): void {
	const of = (split: ExportSplit) => groups.filter((group) => splits.get(group) === split);
	if (of(wanted).length > 0) return;
	const [fullest] = (['train', 'val', 'test'] as const).map(of).sort((a, b) => b.length - a.length);
	const distance = (group: string) => Math.abs(places.get(group)! - middleOf(wanted));
	splits.set(fullest.toSorted((a, b) => distance(a) - distance(b))[0], wanted);
}

/** In [0, 1), by SHA-256. */
function placeOf(group: string): number {
	return createHash('sha256').update(group).digest().readUIntBE(0, 6) / 2 ** 48;
}

function splitAt(place: number): ExportSplit {
	return place < VAL_FROM ? 'train' : place < TEST_FROM ? 'val' : 'test';
}

function middleOf(split: ExportSplit): number {
	return { train: VAL_FROM / 2, val: (VAL_FROM + TEST_FROM) / 2, test: (TEST_FROM + 1) / 2 }[split];
}
