/** A trained model becomes a gate: it takes the frames of the inspector, and gives a score and nothing else. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Manifest, Precision } from '../../bundle/manifest.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { decodeModel, encodeModel } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import { dropDeadNodes } from '../../graph/passes/drop-dead-nodes.ts';
import { shrinkInput } from '../../graph/passes/shrink-input.ts';

export interface Gate {
	/** ONNX: `image` uint8[1,height,width,channels] of the inspector's size → `score` float32[1]. */
	readonly bytes: Uint8Array;
	readonly precision: Precision;
	/** What it was made of. */
	readonly name: string;
	readonly network?: string;
}

/**
 * @param source a bundle, of which the default model is taken, or an ONNX file that one holds
 * @param input of the inspector
 * @throws MODEL_UNSUPPORTED when the model has no score, or its size does not divide that of the inspector
 */
export async function prepareGate(source: string, input: Manifest['input']): Promise<Gate> {
	const { graph, ...facts } = (await isFolder(source)) ? await fromBundle(source) : await fromFile(source);
	const score = graph.outputs.find(({ name }) => name === 'score');
	if (!score) throw unsupported('a model with an output `score`', graph.outputs.map(({ name }) => name).join(', '));
	const channels = graph.inputs[0]?.shape?.[3];
	if (channels !== input.channels)
		throw unsupported(`a model of ${input.channels} channels, as the inspector`, `${channels ?? 'no'} channels`);
	const scoring = dropDeadNodes({ ...graph, outputs: [score] }).graph;
	return { bytes: encodeModel(shrinkInput(scoring, input)), ...facts };
}

async function fromBundle(dir: string) {
	const bundle = await openBundle(dir);
	const { name, version, training } = bundle.manifest;
	const { network } = (training.options ?? {}) as { network?: { name?: unknown } };
	return {
		graph: decodeModel(bundle.model()),
		precision: bundle.defaultPrecision,
		name: `${name} ${version}`,
		...(typeof network?.name === 'string' && { network: network.name }),
	};
}

async function fromFile(path: string) {
	try {
		const graph = decodeModel(await readFile(path));
		return { graph, precision: precisionOf(graph), name: basename(path) };
	} catch (cause) {
		if (cause instanceof AndonError) throw cause;
		const fix = 'Name a bundle, or an ONNX file of one.';
		throw new AndonError('FILE_UNREADABLE', { expected: `a model ${path}`, found: messageOf(cause), fix }, { cause });
	}
}

/** What an exported file computes in shows in what it holds. */
function precisionOf({ nodes, initializers }: Graph): Precision {
	if (nodes.some(({ op }) => op === 'QuantizeLinear')) return 'int8';
	return [...initializers.values()].some(({ type }) => type === 'float16') ? 'fp16' : 'fp32';
}

async function isFolder(path: string): Promise<boolean> {
	return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function unsupported(expected: string, found: string): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', { expected, found, fix: 'Use a model of `andon train` as the gate.' });
}
