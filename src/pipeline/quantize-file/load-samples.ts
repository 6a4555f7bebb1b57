/** What to calibrate a model of others on: a folder of .npy feeds, or images that are normalised as it wants them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import { decodeNpy } from '../../inference/npy.ts';
import type { Sample } from '../../quantization/sample.ts';
import { loadCalibrationImages } from '../load-calibration-images.ts';
import type { ImageSize } from '../parse-image-size.ts';
import { imageInput, imagesTensor, type Normalization, onlyInput } from './image-input.ts';

export interface SampleOptions extends Normalization {
	/** Images, or feeds, at most. */
	readonly count: number;
	/** Of images, where the model leaves it open. */
	readonly size?: ImageSize;
}

/**
 * At most `count` samples, spread evenly over the folder.
 *
 * @param source a folder of .npy files, each one feed of the model's input; a dataset (its train split); or a folder of images
 * @throws DATASET_MISSING, DATASET_CLASS_EMPTY, FILE_UNREADABLE, MODEL_UNSUPPORTED, USAGE
 */
export async function loadSamples(graph: Graph, source: string, options: SampleOptions): Promise<Sample[]> {
	const feeds = await npyFiles(source);
	return feeds.length > 0 ? loadFeeds(graph, feeds, options.count) : loadImages(graph, source, options);
}

/** Whether a folder holds feeds, and not images. */
export async function isFolderOfFeeds(folder: string): Promise<boolean> {
	return (await npyFiles(folder)).length > 0;
}

async function npyFiles(folder: string): Promise<string[]> {
	const names = await readdir(folder).catch(() => [] as string[]);
	return names
		.filter((name) => name.endsWith('.npy'))
		.sort()
		.map((name) => join(folder, name));
}

async function loadFeeds(graph: Graph, files: readonly string[], count: number): Promise<Sample[]> {
	const input = onlyInput(graph);
	const wanted = Math.min(Math.max(1, Math.floor(count)), files.length);
	const samples: Sample[] = [];
	for (let i = 0; i < wanted; i++) {
		const path = files[Math.floor((i * files.length) / wanted)];
		const tensor = decodeNpy(await readFile(path), path);
		const { shape, type } = input;
		const fits =
			shape === undefined ||
			(shape.length === tensor.dims.length &&
				shape.every((d, axis) => typeof d === 'string' || d === tensor.dims[axis]));
		if (tensor.type !== type || !fits)
			throw new AndonError('FILE_UNREADABLE', {
				expected: `${path} as a feed of "${input.name}": ${type} [${shape ?? '?'}]`,
				found: `${tensor.type} [${tensor.dims}]`,
				fix: 'Save what the model is fed with, batch axis included.',
			});
		samples.push({ [input.name]: tensor });
	}
	return samples;
}

async function loadImages(graph: Graph, source: string, options: SampleOptions): Promise<Sample[]> {
	const input = imageInput(graph, options.size);
	expectChannels(options, input.channels);
	const images = await loadCalibrationImages(source, input, options.count);
	if (images.length < input.batch)
		throw new AndonError('DATASET_CLASS_EMPTY', {
			expected: `at least ${input.batch} images in ${source}, which the model takes at once`,
			found: String(images.length),
			fix: 'Give more images, or export the model with a dynamic batch.',
		});
	return Array.from({ length: Math.floor(images.length / input.batch) }, (_, i) => ({
		[input.name]: imagesTensor(input, images.slice(i * input.batch, (i + 1) * input.batch), options),
	}));
}

function expectChannels({ mean, std, scale }: Normalization, channels: number): void {
	const fits = (list: readonly number[]) => list.length === 1 || list.length === channels;
	if (fits(mean) && fits(std) && [...std, scale].every((v) => v !== 0)) return;
	throw new AndonError('USAGE', {
		expected: `--mean and --std of 1 or ${channels} numbers, --std and --scale without zeros`,
		found: `--mean ${mean.join(',')} --std ${std.join(',')} --scale ${scale}`,
		fix: 'Give the numbers that the model was trained with.',
	});
}
