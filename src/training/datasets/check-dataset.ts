/** Looks through a dataset for whatever would spoil a training or its figures. */
import { ALIKE } from '../../imaging/find-look-alikes.ts';
import { type Counts, checkBalance, countsOf } from './check-balance.ts';
import { type AlikePair, checkLeaks, findAlikePairs, isAcross } from './check-leaks.ts';
import type { Dataset } from './dataset.ts';
import type { Finding } from './finding.ts';
import { type Look, lookAtSamples } from './look-at-samples.ts';

export interface DatasetReport {
	readonly dataset: string;
	readonly layout: string;
	readonly samples: number;
	readonly groups: number;
	readonly soundClass: string | undefined;
	readonly counts: Counts;
	/** Images per size, as `width×height`, most frequent first. */
	readonly sizes: Readonly<Record<string, number>>;
	readonly lookAlikes: LookAlikeReport;
	readonly findings: readonly Finding[];
}

export interface LookAlikeReport {
	/** Smallest similarity that counts. */
	readonly threshold: number;
	readonly pairs: number;
	/** Images that have a look-alike anywhere. */
	readonly images: number;
	/** Pairs in two splits, most alike first. */
	readonly acrossSplits: readonly {
		readonly a: string;
		readonly b: string;
		readonly similarity: number;
		readonly splits: readonly [string, string];
	}[];
}

export interface CheckOptions {
	/** Smallest similarity of look-alikes, below 1; 0.78 by default. */
	readonly threshold?: number;
	/** Called often, with what is done and how far it is. */
	readonly onProgress?: (stage: 'images read' | 'images compared', done: number, total: number) => void;
}

export interface Examination {
	readonly report: DatasetReport;
	/** All look-alikes, most alike first. */
	readonly pairs: readonly AlikePair[];
}

/** Reads every image and mask once and compares all with all. Images that cannot be read are findings, not errors. */
export async function checkDataset(dataset: Dataset, options: CheckOptions = {}): Promise<DatasetReport> {
	return (await examineDataset(dataset, options)).report;
}

/** {@link checkDataset} with the samples that look alike, to draw or regroup them. */
export async function examineDataset(dataset: Dataset, options: CheckOptions = {}): Promise<Examination> {
	const { threshold = ALIKE, onProgress } = options;
	const looks = await lookAtSamples(dataset, (done, total) => onProgress?.('images read', done, total));
	const pairs = await findAlikePairs(looks, threshold, (done, total) => onProgress?.('images compared', done, total));
	const counts = countsOf(dataset);
	const report = {
		dataset: dataset.name,
		layout: dataset.layout,
		samples: dataset.samples.length,
		groups: new Set(dataset.samples.map((sample) => sample.group)).size,
		soundClass: dataset.soundClass,
		counts,
		sizes: sizesOf(looks),
		lookAlikes: { threshold, ...summary(pairs) },
		findings: [
			...looks.flatMap((look) => look.findings),
			...checkLeaks(looks, pairs),
			...checkBalance(dataset, counts),
		],
	};
	return { report, pairs };
}

function sizesOf(looks: readonly Look[]): Record<string, number> {
	const sizes = new Map<string, number>();
	for (const { seen } of looks) if (seen) sizes.set(seen.size, (sizes.get(seen.size) ?? 0) + 1);
	return Object.fromEntries([...sizes].sort((a, b) => b[1] - a[1]));
}

function summary(pairs: readonly AlikePair[]): Omit<LookAlikeReport, 'threshold'> {
	return {
		pairs: pairs.length,
		images: new Set(pairs.flatMap(({ a, b }) => [a.id, b.id])).size,
		acrossSplits: pairs.filter(isAcross).map(({ a, b, similarity }) => ({
			a: a.id,
			b: b.id,
			similarity: Math.round(similarity * 1e4) / 1e4,
			splits: [a.split, b.split] as const,
		})),
	};
}
