/** Second moments of what a convolution sees under its window, over images: what its output error depends on. */
import { Random } from '../../base/random.ts';
import { intOf } from '../../graph/attributes.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Node } from '../../graph/graph.ts';
import { outputSize, type SlidingWindow, slidingWindow } from '../../graph/ops/window.ts';
import { type Model, openModel, Tensor } from '../../inference/model.ts';

/** Most weights of a row whose errors are weighed together; longer rows are cut at channels. */
const MOST = 1152;
/** Patches seen, for each weight of a block: fewer would leave its moments to chance. */
const PATCHES_PER_WEIGHT = 4;

/** How the weights of a convolution are cut into blocks: whole input channels, and never across groups. */
export interface Blocks {
	/** Over all groups. */
	readonly count: number;
	/** Input channels in each. */
	readonly channels: number;
	/** Weights in each. */
	readonly size: number;
}

/** @param dims of the weight, [Co, Ci/groups, height, width] */
export function blocksOf(node: Node, dims: readonly number[]): Blocks {
	const [, perGroup, height, width] = dims;
	const area = height * width;
	let channels = perGroup;
	while (channels > 1 && (perGroup % channels !== 0 || channels * area > MOST)) channels--;
	return { count: (perGroup / channels) * intOf(node, 'group', 1), channels, size: channels * area };
}

export class PatchMoments {
	/** E[x·xᵀ], [blocks, size, size], after `finish`. */
	readonly second: Float64Array;
	/** E[x], [blocks, size], after `finish`. */
	readonly first: Float64Array;
	readonly blocks: Blocks;
	readonly #node: Node;
	readonly #kernel: readonly number[];
	readonly #perSample: number;
	readonly #random = new Random(1);
	#model: Model | undefined;
	#count = 0;

	/** @param samples how many there will be */
	constructor(node: Node, dims: readonly number[], samples: number) {
		this.#node = node;
		this.#kernel = dims.slice(2);
		this.blocks = blocksOf(node, dims);
		const { count, size } = this.blocks;
		this.second = new Float64Array(count * size * size);
		this.first = new Float64Array(count * size);
		this.#perSample = Math.ceil((PATCHES_PER_WEIGHT * size) / samples);
	}

	/** @param x what the convolution reads, float32 [batch, Ci, height, width] */
	async add(x: Tensor): Promise<void> {
		const { count, size } = this.blocks;
		const [patches, n] = this.#patchesOf(x);
		this.#model ??= await openModel(products(count, size), { threads: 1 });
		const dims = [count, n, size];
		const { y } = await this.#model.run({ x: new Tensor('float32', patches, dims) });
		const sums = y.data as Float32Array;
		for (let i = 0; i < sums.length; i++) this.second[i] += sums[i];
		for (let i = 0; i < patches.length; i++) this.first[Math.floor(i / (n * size)) * size + (i % size)] += patches[i];
		this.#count += n;
	}

	async finish(): Promise<void> {
		await this.#model?.close();
		for (const sums of [this.first, this.second]) for (let i = 0; i < sums.length; i++) sums[i] /= this.#count;
	}

	/** Patches at random places, [blocks, n, size], and n. */
	#patchesOf({ data, dims }: Tensor): [Float32Array, number] {
		const { count, channels, size } = this.blocks;
		const spatial = dims.slice(2);
		const window = slidingWindow(this.#node, this.#kernel, spatial);
		const [height, width] = outputSize(this.#node, window, spatial) as number[];
		const n = Math.min(this.#perSample, dims[0] * height * width);
		const patches = new Float32Array(count * n * size);
		for (let i = 0; i < n; i++) {
			const place = [this.#random.integer(dims[0]), this.#random.integer(height), this.#random.integer(width)];
			for (let b = 0; b < count; b++)
				copyPatch(data as Float32Array, dims, window, place, b * channels, patches.subarray((b * n + i) * size), size);
		}
		return [patches, n];
	}
}

/** One patch of some channels; what lies in the padding stays 0. */
function copyPatch(
	x: Float32Array,
	[, depth, height, width]: readonly number[],
	{ kernel, strides, dilations, begins }: SlidingWindow,
	[image, row, column]: readonly number[],
	firstChannel: number,
	patch: Float32Array,
	size: number,
): void {
	const [kh, kw] = kernel;
	for (let i = 0; i < size; i++) {
		const channel = firstChannel + Math.floor(i / (kh * kw));
		const y = row * strides[0] + (Math.floor(i / kw) % kh) * dilations[0] - begins[0];
		const at = column * strides[1] + (i % kw) * dilations[1] - begins[1];
		if (y >= 0 && y < height && at >= 0 && at < width)
			patch[i] = x[((image * depth + channel) * height + y) * width + at];
	}
}

/** x [blocks, n, size] → Σ over n of x·xᵀ, [blocks, size, size], for any n. */
function products(blocks: number, size: number): Uint8Array {
	const g = new GraphBuilder('moments');
	const x = g.input('x', 'float32', [blocks, 'n', size]);
	g.op('FusedMatMul', [x, x], { transA: 1 }, { domain: 'com.microsoft', names: ['y'] });
	g.output('y');
	return encodeModel(g.build());
}
