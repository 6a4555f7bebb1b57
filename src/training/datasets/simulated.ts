/** Layout `simulated`: parts of the simulated line, drawn when asked for; `simulated:seed=7,count=2000` sets it up. */
import { z } from 'zod';
import { parseWith } from '../../base/parse.ts';
import { fitPixels } from '../../imaging/decode-image.ts';
import { resizeMask } from '../../imaging/decode-mask.ts';
import { SimulatedLine, SURFACE_NAMES } from '../../imaging/simulated-line/simulated-line.ts';
import type { Layout, UnsplitSample } from './dataset.ts';

const settings = z.strictObject({
	seed: z.coerce.number().int().min(0).default(1),
	count: z.coerce.number().int().min(1).default(2000),
	/** Side of the square parts, in pixels. */
	size: z.coerce.number().int().min(64).max(4096).default(128),
	defectRate: z.coerce.number().min(0).max(1).default(0.5),
	/** Joined by `+`. */
	surfaces: z
		.string()
		.transform((text) => text.split('+'))
		.pipe(z.array(z.enum(SURFACE_NAMES)))
		.default(SURFACE_NAMES),
});

export const simulated: Layout = {
	description: 'simulated:seed=1,count=2000,size=128,defectRate=0.5,surfaces=brushed+cast+woven',
	detect: async (source) => /^simulated(:|$)/.test(source),
	async read(source) {
		const { count, size, ...rest } = parseSettings(source);
		const line = new SimulatedLine({ ...rest, width: size, height: size });
		const indices = new Map<string, number>();
		const samples = Array.from({ length: count }, (_, index) => {
			const sample = planSample(line, index);
			indices.set(sample.id, index);
			return sample;
		});
		return {
			samples,
			async load(sample, { channels, width = size, height = size, withMasks = true }) {
				const part = line.part(indices.get(sample.id)!);
				const pixels = await fitPixels(part.pixels, { channels, width, height });
				return { pixels, mask: withMasks ? resizeMask(part.mask, width, height) : undefined };
			},
		};
	},
};

function planSample(line: SimulatedLine, index: number): UnsplitSample {
	const { defectClass } = line.plan(index);
	const id = `simulated-${line.settings.seed}-${String(index).padStart(6, '0')}`;
	return { id, image: id, class: defectClass ?? 'ok', defective: defectClass !== undefined, group: id };
}

function parseSettings(source: string): z.infer<typeof settings> {
	const text = source.slice('simulated:'.length);
	const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split('=', 2));
	return parseWith(settings, Object.fromEntries(pairs), `the dataset name ${source}`, 'DATASET_INVALID');
}
