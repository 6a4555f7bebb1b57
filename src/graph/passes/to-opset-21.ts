/**
 * Writes the nodes of older operator sets as operator set 21 has them: what were attributes became inputs, and defaults
 * changed. Source: the ONNX operators' change log (https://onnx.ai/onnx/operators/).
 */
import { AndonError } from '../../base/errors.ts';
import { floatOf, intOf, intsOf, toAttributes } from '../attributes.ts';
import { float32, type Graph, int64, type Node, type Tensor } from '../graph.ts';
import { removeDropout } from './remove-dropout.ts';

/** Adds a constant and returns its name. */
type AddConstant = (tensor: Tensor) => string;

interface Change {
	/** The operator set that brought the new form. */
	readonly since: number;
	readonly rewrite: (node: Node, constant: AddConstant) => Node | readonly Node[];
}

/** Below this, broadcasting was spelled out in attributes. */
const OLDEST = 7;

const AXES_BEFORE_18: Change = { since: 18, rewrite: axesToInput };

const CHANGES: Readonly<Record<string, Change>> = {
	Clip: { since: 11, rewrite: limitsToInputs },
	Pad: { since: 11, rewrite: padsToInput },
	Slice: { since: 10, rewrite: cutsToInputs },
	Upsample: { since: 10, rewrite: upsampleToResize },
	Resize: { since: 11, rewrite: scalesBehindRegion },
	Squeeze: { since: 13, rewrite: axesToInput },
	Unsqueeze: { since: 13, rewrite: axesToInput },
	ReduceSum: { since: 13, rewrite: axesToInput },
	ReduceMean: AXES_BEFORE_18,
	ReduceMax: AXES_BEFORE_18,
	ReduceMin: AXES_BEFORE_18,
	ReduceL2: AXES_BEFORE_18,
	ReduceSumSquare: AXES_BEFORE_18,
	Split: { since: 18, rewrite: partsToInput },
	Softmax: { since: 13, rewrite: flattened },
	LogSoftmax: { since: 13, rewrite: flattened },
	BatchNormalization: { since: 14, rewrite: (node) => ({ ...node, outputs: node.outputs.slice(0, 1) }) },
};

/**
 * The same graph in operator set 21, without dropout. Newer sets are taken as they are.
 *
 * @throws MODEL_UNSUPPORTED for operator sets before 7
 */
export function toOpset21(graph: Graph): { graph: Graph; modified: boolean } {
	const version = graph.opsets[''] ?? 0;
	if (version < OLDEST) throw tooOld(version);
	const { graph: plain, modified } = removeDropout(graph);
	if (version >= 21) return { graph: plain, modified };
	const initializers = new Map(plain.initializers);
	const constant = (tensor: Tensor) => {
		const name = `opset-21/${initializers.size}`;
		initializers.set(name, tensor);
		return name;
	};
	const nodes = plain.nodes.flatMap((node) => {
		const change = node.domain === '' && Object.hasOwn(CHANGES, node.op) ? CHANGES[node.op] : undefined;
		return change && version < change.since ? change.rewrite(node, constant) : node;
	});
	return { graph: { ...plain, nodes, initializers, opsets: { ...plain.opsets, '': 21 } }, modified: true };
}

function without(node: Node, ...keys: readonly string[]): Node['attributes'] {
	return Object.fromEntries(Object.entries(node.attributes).filter(([key]) => !keys.includes(key)));
}

function list(values: readonly number[]): Tensor {
	return int64([values.length], values);
}

function axesToInput(node: Node, constant: AddConstant): Node {
	if (!node.attributes.axes) return node;
	const axes = constant(list(intsOf(node, 'axes', [])));
	return { ...node, inputs: [node.inputs[0], axes], attributes: without(node, 'axes') };
}

function limitsToInputs(node: Node, constant: AddConstant): Node {
	const limit = (key: string) => (node.attributes[key] ? constant(float32([], [floatOf(node, key, 0)])) : '');
	return { ...node, inputs: [node.inputs[0], limit('min'), limit('max')], attributes: without(node, 'min', 'max') };
}

function padsToInput(node: Node, constant: AddConstant): Node {
	const inputs = [
		node.inputs[0],
		constant(list(intsOf(node, 'pads', []))),
		constant(float32([], [floatOf(node, 'value', 0)])),
	];
	return { ...node, inputs, attributes: without(node, 'pads', 'value') };
}

function cutsToInputs(node: Node, constant: AddConstant): Node {
	const starts = intsOf(node, 'starts', []);
	const axes = intsOf(
		node,
		'axes',
		starts.map((_, axis) => axis),
	);
	const inputs = [node.inputs[0], ...[starts, intsOf(node, 'ends', []), axes].map((values) => constant(list(values)))];
	return { ...node, inputs, attributes: without(node, 'starts', 'ends', 'axes') };
}

/** Old resizing took the pixel at ⌊position / scale⌋. */
const OLD_RESIZE = toAttributes({ coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' });

function upsampleToResize(node: Node, constant: AddConstant): Node {
	const scales = node.attributes.scales;
	const input = scales?.kind === 'floats' ? constant(float32([scales.value.length], scales.value)) : node.inputs[1];
	return {
		...node,
		op: 'Resize',
		inputs: [node.inputs[0], '', input],
		attributes: { ...without(node, 'scales'), ...OLD_RESIZE },
	};
}

function scalesBehindRegion(node: Node): Node {
	return {
		...node,
		inputs: [node.inputs[0], '', node.inputs[1]],
		attributes: { ...node.attributes, ...OLD_RESIZE },
	};
}

function partsToInput(node: Node, constant: AddConstant): Node {
	const sizes = intsOf(node, 'split', []);
	if (sizes.length > 0)
		return { ...node, inputs: [node.inputs[0], constant(list(sizes))], attributes: without(node, 'split') };
	if (node.inputs[1]) return node;
	return { ...node, attributes: { ...node.attributes, ...toAttributes({ num_outputs: node.outputs.length }) } };
}

/** The old form flattened everything behind the axis and went over all of it. */
function flattened(node: Node): readonly Node[] {
	const [x] = node.inputs;
	const [y] = node.outputs;
	const [flat, shape, result] = ['flat', 'shape', 'result'].map((name) => `${y}/${name}`);
	const step = (op: string, inputs: readonly string[], output: string, attributes: Node['attributes'] = {}): Node => ({
		name: output === y ? node.name : output,
		op,
		domain: '',
		inputs,
		outputs: [output],
		attributes,
	});
	return [
		step('Flatten', [x], flat, toAttributes({ axis: intOf(node, 'axis', 1) })),
		step(node.op, [flat], result, toAttributes({ axis: -1 })),
		step('Shape', [x], shape),
		step('Reshape', [result, shape], y),
	];
}

function tooOld(version: number): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', {
		expected: `operator set ${OLDEST} or newer`,
		found: `operator set ${version}`,
		fix: 'Export the model again, or bring it up to date with onnx.version_converter.',
	});
}
