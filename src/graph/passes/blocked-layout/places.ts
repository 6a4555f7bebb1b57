/** Operators that look at each place alone, or at neighbours of the same channel: blocks change nothing for them. */
import { intOf, intsOf, stringOf } from '../../attributes.ts';
import { channelsTaken } from './blocked-writer.ts';
import type { BlockedRule } from './rules.ts';

/** Element by element, between values of one shape and scalars, when one of them lies in blocks already. */
export const samePlace: BlockedRule = (writer, node) => {
	const [output] = node.outputs;
	const inputs = node.inputs.filter((name) => name !== '');
	const full = inputs.filter((name) => writer.shape(name)?.length !== 0);
	const shape = writer.shape(output)?.join();
	if (!full.some((name) => writer.isBlocked(name))) return false;
	if (!full.every((name) => writer.fits(name) && writer.shape(name)!.join() === shape)) return false;
	// Channels that only fill a block up may be zeros, and what divides by them would no longer be a number.
	const divides = node.op === 'Div' && full.includes(node.inputs[1]);
	if (divides && writer.shape(output)![1] % writer.block !== 0) return false;
	const sources = node.inputs.map((name) =>
		name === '' ? '' : full.includes(name) ? writer.blocked(name) : writer.plain(name),
	);
	writer.put(output, writer.g.op(node.op, sources, node.attributes, { domain: node.domain }));
	return true;
};

/** A new name for the same value. */
export const renamed: BlockedRule = (writer, node) => {
	if (!writer.isBlocked(node.inputs[0])) return false;
	writer.alias(node.outputs[0], node.inputs[0]);
	return true;
};

/** Pooling, without the indices of maxima. */
export const pooled: BlockedRule = (writer, node) => {
	const [x] = node.inputs;
	const [output, ...more] = node.outputs;
	const plain = stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET' && !node.attributes.dilations;
	if (!writer.isBlocked(x) || !writer.fits(output) || more.length > 0 || !plain) return false;
	if (intOf(node, 'ceil_mode', 0) === 1 || intOf(node, 'storage_order', 0) === 1) return false;
	const window: Record<string, number | readonly number[]> = {
		kernel_shape: intsOf(node, 'kernel_shape', [1, 1]),
		strides: intsOf(node, 'strides', [1, 1]),
		pads: intsOf(node, 'pads', [0, 0, 0, 0]),
	};
	if (node.op === 'AveragePool') window.count_include_pad = intOf(node, 'count_include_pad', 0);
	writer.put(output, writer.op(node.op, [writer.blocked(x)], window));
	return true;
};

/** Pixels repeated a whole number of times. */
export const repeated: BlockedRule = (writer, node) => {
	const [x, , scales] = node.inputs;
	const [output] = node.outputs;
	const factors = Array.from(writer.g.initializers.get(scales)?.data ?? [], Number);
	const copies =
		stringOf(node, 'mode', 'nearest') === 'nearest' &&
		stringOf(node, 'nearest_mode', '') === 'floor' &&
		stringOf(node, 'coordinate_transformation_mode', '') === 'asymmetric' &&
		factors.length === 4 &&
		factors.every((factor, axis) => Number.isInteger(factor) && (axis > 1 || factor === 1));
	if (!copies || node.attributes.axes || node.inputs[3] || !writer.isBlocked(x) || !writer.fits(output)) return false;
	const attributes = { scales: factors, mode: 'nearest', coordinate_transformation_mode: 'asymmetric' };
	writer.put(output, writer.op('Upsample', [writer.blocked(x)], attributes));
	return true;
};

/** Concatenation of whole blocks along the channels: nothing is copied until somebody wants it whole. */
export const joined: BlockedRule = (writer, node) => {
	const whole = (name: string) => writer.fits(name) && writer.shape(name)![1] % writer.block === 0;
	const possible = intOf(node, 'axis', 0) === 1 && node.inputs.every(whole);
	if (!possible || !node.inputs.some((name) => writer.isBlocked(name))) return false;
	writer.putParts(node.outputs[0], node.inputs);
	return true;
};

/** A slice of whole blocks along the channels; one that is a part already is only named. */
export const sliced: BlockedRule = (writer, node) => {
	const [x] = node.inputs;
	const [output] = node.outputs;
	const cut = channelsTaken(writer.g, node);
	if (!cut || !writer.isBlocked(x) || !writer.fits(output)) return false;
	if (cut.begin % writer.block !== 0 || cut.end % writer.block !== 0) return false;
	const known = writer.rangesOf(x).find(({ begin, end }) => begin === cut.begin && end === cut.end);
	if (known) writer.alias(output, known.part);
	else writer.put(output, writer.g.slice(writer.blocked(x), [1], [cut.begin], [cut.end]));
	return true;
};
