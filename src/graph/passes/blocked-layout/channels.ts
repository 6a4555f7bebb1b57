/** Sums over channels and affine steps on them, in blocks: the depthwise kernel does all of it in one pass over memory. */
import { intOf } from '../../attributes.ts';
import type { BlockedWriter } from './blocked-writer.ts';
import type { BlockedRule } from './rules.ts';

/** Elements that one float32 accumulator sums up; more would cost precision. */
const LONGEST_SUM = 4096;

/** scale·x + shift + addend: a depthwise 1×1 convolution that adds to its fourth input. */
export const channelAffine: BlockedRule = (writer, node) => {
	const [x, scale, shift, addend] = node.inputs;
	const [output] = node.outputs;
	if (!writer.isBlocked(x) || !writer.fits(output)) return false;
	const channels = writer.padded(writer.shape(x)![1]);
	const weight = writer.g.reshape(writer.paddedVector(scale), [channels, 1, 1, 1]);
	const inputs = [writer.blocked(x), weight];
	if (shift || addend) inputs.push(shift ? writer.paddedVector(shift) : '');
	if (addend) inputs.push(writer.blocked(addend));
	writer.put(output, writer.op('Conv', inputs, { ...ONE_BY_ONE, group: channels }));
	return true;
};

const ONE_BY_ONE = { kernel_shape: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] };

/** Σ a·b over N, H, W: a depthwise convolution of a whose kernel is b, as large as a is. */
export const channelDots: BlockedRule = (writer, node) => {
	const [a, b] = node.inputs;
	if (![a, b].every((name) => writer.fits(name)) || ![a, b].some((name) => writer.isBlocked(name))) return false;
	const [parts, rows, width] = partsOf(writer, a);
	const image = writer.g.reshape(writer.blocked(a), [1, parts, rows, width]);
	const kernel = writer.g.reshape(writer.blocked(b), [parts, 1, rows, width]);
	const dots = writer.op('Conv', [image, kernel], { ...ONE_BY_ONE, kernel_shape: [rows, width], group: parts });
	writer.putPlain(node.outputs[0], sumOfParts(writer, dots, a));
	return true;
};

/** Sums and means over N, H, W. */
export const channelMeans: BlockedRule = (writer, node) => {
	const [x, axes] = node.inputs;
	const over = axes ? Array.from(writer.g.initializers.get(axes)?.data ?? [], Number).join() : '';
	if (over !== '0,2,3' || intOf(node, 'keepdims', 1) === 1 || !writer.isBlocked(x) || !writer.fits(x)) return false;
	const [parts, rows, width] = partsOf(writer, x);
	const [n, , height] = writer.shape(x)!;
	const means = writer.op('GlobalAveragePool', [writer.g.reshape(writer.blocked(x), [1, parts, rows, width])]);
	const factor = node.op === 'ReduceSum' ? rows * width : rows / (n * height);
	writer.putPlain(node.outputs[0], writer.g.mul(sumOfParts(writer, means, x), writer.g.scalar(factor)));
	return true;
};

/** A value as channels of images that are `rows` high: [channels, rows, width]. */
function partsOf(writer: BlockedWriter, name: string): readonly [number, number, number] {
	const [n, channels, height, width] = writer.shape(name)!;
	let rows = height;
	for (let divisor = 1; divisor < height && rows * width > LONGEST_SUM; divisor++)
		if (height % (divisor + 1) === 0) rows = height / (divisor + 1);
	return [n * writer.padded(channels) * (height / rows), rows, width];
}

/** [1, N · C/b · parts · b, 1, 1] summed to [C]. */
function sumOfParts(writer: BlockedWriter, sums: string, of: string): string {
	const { g, block } = writer;
	const [n, channels] = writer.shape(of)!;
	const blocks = writer.padded(channels) / block;
	const all = g.reduceSum(g.reshape(sums, [n, blocks, -1, block]), [0, 2]);
	const flat = g.reshape(all, [blocks * block]);
	return blocks * block === channels ? flat : g.slice(flat, [0], [0], [channels]);
}
