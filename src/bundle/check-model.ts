/** A model in a bundle must be what the manifest says, before any engine opens it. */
import { AndonError, messageOf } from '../base/errors.ts';
import { letGo } from '../base/let-go.ts';
import { decodeModel } from '../graph/codec/codec.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { Manifest } from './manifest.ts';

type Checked = Pick<Manifest, 'input' | 'outputs' | 'classes'>;

/**
 * Checks that the bytes are one whole ONNX file (no external data) with the inputs and outputs of the manifest.
 *
 * @param file its name, for the message
 * @throws BUNDLE_INVALID
 */
export function checkModel(bytes: Uint8Array, file: string, { input, outputs, classes }: Checked) {
	const graph = decode(bytes, file);
	const { width, height, channels } = input;
	const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
	expectValues(file, 'input', inputs, [`image uint8[1,${height},${width},${channels}]`]);
	expectValues(file, 'output', graph.outputs, [
		`${outputs.score} float32[1]`,
		...(outputs.mask ? [`${outputs.mask} float32[1,${height},${width}]`] : []),
		...(outputs.classScores ? [`${outputs.classScores} float32[${classes.length + 1}]`] : []),
		...(outputs.labels ? [`${outputs.labels} uint8[1,${height},${width}]`] : []),
	]);
}

/** Checks an explainer likewise. @throws BUNDLE_INVALID */
export function checkExplainer(bytes: Uint8Array, file: string, { input }: Pick<Checked, 'input'>) {
	const { inputs, outputs } = decode(bytes, file);
	const { width, height, channels } = input;
	expectValues(file, 'input', inputs, [`image uint8[1,${height},${width},${channels}]`]);
	expectValues(file, 'output', outputs, [`heat_map float32[1,${height},${width}]`]);
}

/** Checks a gate likewise. @throws BUNDLE_INVALID */
export function checkGate(bytes: Uint8Array, file: string, { input }: Pick<Checked, 'input'>) {
	checkModel(bytes, file, { input, outputs: { score: 'score' }, classes: [] });
}

/** Without the values of its tensors, of which nothing is asked. */
function decode(bytes: Uint8Array, file: string): Graph {
	try {
		const graph = decodeModel(bytes);
		for (const { data } of graph.initializers.values()) letGo(data);
		return graph;
	} catch (cause) {
		throw new AndonError(
			'BUNDLE_INVALID',
			{
				expected: `${file} to be an ONNX model in one file`,
				found: cause instanceof AndonError ? cause.facts.found : messageOf(cause),
				fix: 'Export the bundle again.',
			},
			{ cause },
		);
	}
}

function expectValues(file: string, kind: string, found: readonly Value[], expected: readonly string[]): void {
	const described = found.map(describe);
	if (described.length === expected.length && expected.every((value) => described.includes(value))) return;
	throw new AndonError('BUNDLE_INVALID', {
		expected: `${file} with ${kind} ${expected.join(', ')}`,
		found: described.join(', ') || 'none',
		fix: 'Export the bundle again with the input size and outputs that its manifest states.',
	});
}

function describe({ name, type, shape }: Value): string {
	return `${name} ${type}[${shape ?? '?'}]`;
}
