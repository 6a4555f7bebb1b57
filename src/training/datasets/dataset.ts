/** What a dataset is to the rest of the trainer, whatever its layout on disk. */
import type { Mask, Pixels } from '../../imaging/pixels.ts';

export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** One labelled image. */
export interface Sample {
	/** Unique in its dataset; the image's path from the dataset's folder. */
	readonly id: string;
	/** Path of the image; for simulated parts the same as `id`. */
	readonly image: string;
	/** Path of the mask, when there is one. */
	readonly mask?: string;
	readonly class: string;
	readonly defective: boolean;
	/** Images of one thing; they are never spread over splits. */
	readonly group: string;
	readonly split: Split;
}

/** A sample before its split is decided. */
export type UnsplitSample = Omit<Sample, 'split'> & {
	readonly split?: Split;
	/** It was published for training: without a split it becomes train or val. */
	readonly notForTest?: boolean;
};

export interface LoadOptions {
	readonly channels: 1 | 3;
	/** Both or neither; images are stretched, masks take the nearest pixel. */
	readonly width?: number;
	readonly height?: number;
	/** False leaves masks unread, for those who only classify. */
	readonly withMasks?: boolean;
}

export interface LoadedSample {
	readonly pixels: Pixels;
	/** All zero on a sound part; undefined on a defective part without a mask, and when no masks are wanted. */
	readonly mask: Mask | undefined;
}

export interface Dataset {
	/** The folder, or the name of a simulated dataset. */
	readonly name: string;
	/** Which layout it was read by. */
	readonly layout: string;
	readonly samples: readonly Sample[];
	/** Classes of defects, sorted; of a dataset of kinds, all its classes. */
	readonly classes: readonly string[];
	/** Undefined for a dataset of kinds. */
	readonly soundClass: string | undefined;
	/** @throws IMAGE_UNREADABLE, IMAGE_TOO_LARGE, MASK_SIZE_MISMATCH */
	load(sample: Sample, options: LoadOptions): Promise<LoadedSample>;
}

export interface DatasetOptions {
	/** Seed of the split, where the dataset brings none. */
	readonly seed?: number;
	/** The sound class, where its name does not say so. */
	readonly soundClass?: string;
	/** The classes are kinds of things, such as cats and dogs: none is sound, none a defect. */
	readonly kinds?: boolean;
}

/** What a layout finds in a folder or name; `openDataset` completes it to a {@link Dataset}. */
export interface Reading {
	readonly samples: readonly UnsplitSample[];
	/** How to load a sample; by default its files are decoded. */
	readonly load?: Dataset['load'];
}

/** One way to lay out a dataset. */
export interface Layout {
	/** What it looks like, for messages. */
	readonly description: string;
	/** Whether `source` (a folder or a name) is laid out so; must not decode images. */
	detect(source: string): Promise<boolean>;
	read(source: string, options: DatasetOptions): Promise<Reading>;
}
