/** Some classes of a dataset, and as many training images of each as an experiment wants. */
import { AndonError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import type { Dataset, Sample } from '../../training/datasets/dataset.ts';

interface Choice {
	readonly classes?: readonly string[];
	/** Training images in all, equally many of each class. */
	readonly images?: number;
	readonly seed: number;
}

/** @throws DATASET_INVALID when a class is not there */
export function chooseSamples(dataset: Dataset, { classes, images, seed }: Choice): Dataset {
	const wanted = classes ?? dataset.classes;
	const missing = wanted.filter((name) => !dataset.classes.includes(name));
	if (missing.length > 0)
		throw new AndonError('DATASET_INVALID', {
			expected: `classes among ${dataset.classes.join(', ')}`,
			found: missing.join(', '),
			fix: 'Correct the names in `classes`.',
		});
	const samples = dataset.samples.filter((sample) => wanted.includes(sample.class));
	return {
		...dataset,
		classes: dataset.classes.filter((name) => wanted.includes(name)),
		samples: images === undefined ? samples : limited(samples, wanted, images, seed),
	};
}

function limited(samples: readonly Sample[], classes: readonly string[], images: number, seed: number): Sample[] {
	const random = new Random(seed, 0x11b1);
	const kept = classes.flatMap((name) => {
		const members = samples.filter((sample) => sample.class === name && sample.split === 'train');
		return random.shuffle(members).slice(0, Math.round(images / classes.length));
	});
	return [...kept, ...samples.filter((sample) => sample.split !== 'train')];
}
