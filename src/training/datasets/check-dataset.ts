/** Reads every image and mask of a dataset once, and tells what would spoil a training or its figures. */
import { createHash } from 'node:crypto';
import { AndonError } from '../../base/errors.ts';
import { decodeMask } from '../../imaging/decode-mask.ts';
import { type Dataset, type Sample, SPLITS, type Split } from './dataset.ts';
import { inParallel } from './in-parallel.ts';
import { labelsOf } from './labels.ts';

export interface Finding {
	/** An error makes figures wrong or training impossible; a warning may be meant so. */
	readonly level: 'error' | 'warning';
	/** The sample, class or group that it is about. */
	readonly about: string;
	readonly message: string;
}

export interface DatasetReport {
	readonly dataset: string;
	readonly layout: string;
	readonly samples: number;
	readonly groups: number;
	readonly soundClass: string | undefined;
	/** Images per class and split. */
	readonly counts: Readonly<Record<string, Readonly<Record<Split, number>>>>;
	/** Images per size, as `width×height`, most frequent first. */
	readonly sizes: Readonly<Record<string, number>>;
	readonly findings: readonly Finding[];
}

/** What one sample showed. */
interface Look {
	readonly sample: Sample;
	readonly size?: string;
	/** Digest of the pixels. */
	readonly digest?: string;
	readonly findings: readonly Finding[];
}

export async function checkDataset(dataset: Dataset): Promise<DatasetReport> {
	const looks = await inParallel(dataset.samples, (sample) => lookAt(dataset, sample));
	const sizes = Map.groupBy(
		looks.filter((look) => look.size),
		(look) => look.size!,
	);
	return {
		dataset: dataset.name,
		layout: dataset.layout,
		samples: dataset.samples.length,
		groups: new Set(dataset.samples.map((sample) => sample.group)).size,
		soundClass: dataset.soundClass,
		counts: countsOf(dataset),
		sizes: Object.fromEntries([...sizes].map(([size, of]) => [size, of.length] as const).sort((a, b) => b[1] - a[1])),
		findings: [...looks.flatMap((look) => look.findings), ...leaks(looks), ...gaps(dataset)],
	};
}

async function lookAt(dataset: Dataset, sample: Sample): Promise<Look> {
	try {
		const { pixels, mask } = await dataset.load(sample, { channels: 3 });
		const digest = createHash('sha256').update(pixels.data).digest('hex');
		const findings: Finding[] = [];
		if (sample.defective && mask && !mask.data.includes(255))
			findings.push(warning(sample.id, 'a defective part whose mask is empty: it trains as if it were sound'));
		if (!sample.defective && sample.mask && (await decodeMask(sample.mask)).data.includes(255))
			findings.push(
				error(sample.id, `a sound part whose mask ${sample.mask} marks a defect; correct its class or its mask`),
			);
		return { sample, size: `${pixels.width}×${pixels.height}`, digest, findings };
	} catch (cause) {
		if (!(cause instanceof AndonError)) throw cause;
		return { sample, findings: [{ level: 'error', about: sample.id, message: cause.message }] };
	}
}

/** The same thing in two splits makes the figures of the second too good. */
function leaks(looks: readonly Look[]): Finding[] {
	const spread = (of: readonly Look[]) => [...new Set(of.map(({ sample }) => sample.split))];
	const groups = [...Map.groupBy(looks, ({ sample }) => sample.group)]
		.filter(([, of]) => spread(of).length > 1)
		.map(([group, of]) =>
			error(`group ${group}`, `its images are in ${spread(of).join(' and ')}; keep them in one split`),
		);
	const readable = looks.filter((look) => look.digest);
	const twins = [...Map.groupBy(readable, (look) => look.digest).values()]
		.filter((of) => spread(of).length > 1)
		.map((of) =>
			error(
				of[0].sample.id,
				`has the same pixels as ${of[1].sample.id}, in another split (${spread(of).join(', ')}); keep them in one`,
			),
		);
	return [...groups, ...twins];
}

/** Splits that lack a kind of part, and masks that only some defective parts have. */
function gaps(dataset: Dataset): Finding[] {
	const { samples, classes, soundClass } = dataset;
	const has = (split: Split, name: string) => samples.some((sample) => sample.split === split && sample.class === name);
	const missing = SPLITS.flatMap((split) =>
		[...labelsOf(dataset).keys()]
			.filter((name) => !has(split, name))
			.map((name) => (name === soundClass ? error : warning)(`class ${name}`, `has no images in ${split}`)),
	);
	const blind = SPLITS.filter((split) => !classes.some((name) => has(split, name))).map((split) =>
		error(`split ${split}`, soundClass === undefined ? 'has no images' : 'has no defective parts'),
	);
	const defective = samples.filter((sample) => sample.defective);
	const unmasked = defective.filter((sample) => sample.mask === undefined);
	const partly = unmasked.length > 0 && unmasked.length < defective.length;
	return [
		...missing,
		...blind,
		...(partly
			? [warning(unmasked[0].id, `and ${unmasked.length - 1} more defective parts have no mask, others do`)]
			: []),
	];
}

function countsOf(dataset: Dataset): DatasetReport['counts'] {
	const count = (name: string, split: Split) =>
		dataset.samples.filter((sample) => sample.class === name && sample.split === split).length;
	return Object.fromEntries(
		[...labelsOf(dataset).keys()].map((name) => [
			name,
			{ train: count(name, 'train'), val: count(name, 'val'), test: count(name, 'test') },
		]),
	);
}

function error(about: string, message: string): Finding {
	return { level: 'error', about, message };
}

function warning(about: string, message: string): Finding {
	return { level: 'warning', about, message };
}
