/** Reads every image and mask of a dataset once, and keeps what a check needs to know of each. */
import { createHash } from 'node:crypto';
import { AndonError } from '../../base/errors.ts';
import { decodeMask } from '../../imaging/decode-mask.ts';
import { type LookPrint, lookPrint } from '../../imaging/look-print.ts';
import type { Dataset, Sample } from './dataset.ts';
import { error, type Finding, warning } from './finding.ts';
import { inParallel } from './in-parallel.ts';

/** What one sample showed. */
export interface Look {
	readonly sample: Sample;
	/** Undefined for a sample that cannot be read, with a finding that says why. */
	readonly seen?: {
		/** As `width×height`. */
		readonly size: string;
		/** Digest of the pixels. */
		readonly digest: string;
		readonly print: LookPrint;
	};
	readonly findings: readonly Finding[];
}

/** @param onSample is called after each, for a progress display */
export async function lookAtSamples(
	dataset: Dataset,
	onSample?: (done: number, total: number) => void,
): Promise<Look[]> {
	let done = 0;
	return inParallel(dataset.samples, async (sample) => {
		const look = await lookAt(dataset, sample);
		onSample?.(++done, dataset.samples.length);
		return look;
	});
}

async function lookAt(dataset: Dataset, sample: Sample): Promise<Look> {
	try {
		const withMasks = dataset.soundClass !== undefined;
		const { pixels, mask } = await dataset.load(sample, { channels: 3, withMasks });
		const findings: Finding[] = [];
		if (sample.defective && mask && !mask.data.includes(255))
			findings.push(warning(sample.id, 'a defective part whose mask is empty: it trains as if it were sound'));
		if (!sample.defective && sample.mask && (await decodeMask(sample.mask)).data.includes(255))
			findings.push(
				error(sample.id, `a sound part whose mask ${sample.mask} marks a defect; correct its class or its mask`),
			);
		const seen = {
			size: `${pixels.width}×${pixels.height}`,
			digest: createHash('sha256').update(pixels.data).digest('hex'),
			print: await lookPrint(pixels),
		};
		return { sample, seen, findings };
	} catch (cause) {
		if (!(cause instanceof AndonError)) throw cause;
		return { sample, findings: [error(sample.id, cause.message)] };
	}
}
