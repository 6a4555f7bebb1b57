/** The same thing in two splits makes the figures of the second too good: groups, copies and look-alikes that are spread. */
import { findLookAlikes } from '../../imaging/find-look-alikes.ts';
import { type Sample, SPLITS, type Split } from './dataset.ts';
import { error, type Finding } from './finding.ts';
import type { Look } from './look-at-samples.ts';

/** Two images that show the same thing. */
export interface AlikePair {
	readonly a: Sample;
	readonly b: Sample;
	/** About 1 for exposures of one thing, 0 for two things; see `imaging/print-similarity.ts`. */
	readonly similarity: number;
}

/** All look-alikes, most alike first. */
export async function findAlikePairs(
	looks: readonly Look[],
	threshold: number | undefined,
	onProgress?: (done: number, total: number) => void,
): Promise<AlikePair[]> {
	const readable = looks.flatMap(({ sample, seen }) => (seen ? [{ sample, print: seen.print }] : []));
	const pairs = await findLookAlikes(
		readable.map(({ print }) => print),
		{ threshold, onProgress },
	);
	return pairs.map(({ a, b, similarity }) => ({ a: readable[a].sample, b: readable[b].sample, similarity }));
}

export function isAcross({ a, b }: AlikePair): boolean {
	return a.split !== b.split;
}

export function checkLeaks(looks: readonly Look[], pairs: readonly AlikePair[]): Finding[] {
	return [...spreadGroups(looks), ...copies(looks), ...lookAlikes(pairs)];
}

function spreadGroups(looks: readonly Look[]): Finding[] {
	return [...Map.groupBy(looks, ({ sample }) => sample.group)]
		.filter(([, of]) => splitsOf(of).length > 1)
		.map(([group, of]) =>
			error(`group ${group}`, `its images are in ${splitsOf(of).join(' and ')}; keep them in one split`),
		);
}

function copies(looks: readonly Look[]): Finding[] {
	const twins = Map.groupBy(
		looks.filter(({ seen }) => seen),
		({ seen }) => seen!.digest,
	);
	return [...twins.values()].flatMap((of) => {
		const [first, second] = of.map(({ sample }) => sample);
		const other = of.find(({ sample }) => sample.class !== first.class)?.sample;
		const findings: Finding[] = [];
		if (splitsOf(of).length > 1)
			findings.push(
				error(
					first.id,
					`has the same pixels as ${second.id}, in another split (${splitsOf(of).join(', ')}); keep them in one`,
				),
			);
		if (other)
			findings.push(
				error(
					first.id,
					`is ${first.class}, but ${other.id} with the same pixels is ${other.class}; correct one of them`,
				),
			);
		return findings;
	});
}

/** One finding for two splits, with how much of the smaller one is spoilt and the plainest example. */
function lookAlikes(pairs: readonly AlikePair[]): Finding[] {
	const bySplits = Map.groupBy(pairs.filter(isAcross), ({ a, b }) =>
		inOrder(a, b)
			.map(({ split }) => split)
			.join(' '),
	);
	return [...bySplits].map(([splits, of]) => {
		const [first, second] = splits.split(' ') as [Split, Split];
		const spoilt = new Set(of.map(({ a, b }) => inOrder(a, b)[1].id)).size;
		const [like, like2] = inOrder(of[0].a, of[0].b);
		return error(
			`${first} and ${second}`,
			`${spoilt} images of ${second} look like images of ${first} (${of.length} pairs, such as ${like.id} and ${like2.id} with a similarity of ${of[0].similarity.toFixed(2)}); figures on ${second} would be too good. Draw them with --sheet; --write-groups proposes a split that keeps them together`,
		);
	});
}

function inOrder(a: Sample, b: Sample): [Sample, Sample] {
	return SPLITS.indexOf(a.split) <= SPLITS.indexOf(b.split) ? [a, b] : [b, a];
}

function splitsOf(looks: readonly Look[]): Split[] {
	return [...new Set(looks.map(({ sample }) => sample.split))];
}
