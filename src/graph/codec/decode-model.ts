/** ONNX file → graph. Whatever the bytes are, the result is a graph or an error that says what was found. */
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Graph, Node, Shape, Tensor, Value } from '../graph.ts';
import { decodeAttribute } from './attribute-codec.ts';
import { inlineExternal, type ReadExternal } from './external-data.ts';
import { integerOf } from './integers.ts';
import {
	modelProto,
	type OnnxEntry,
	type OnnxGraph,
	type OnnxModel,
	type OnnxNode,
	type OnnxTensor,
	type OnnxValueInfo,
} from './onnx-schema.ts';
import { decodeTensor, typeOfCode } from './tensor-codec.ts';

/**
 * Reads an ONNX model.
 *
 * @param external reads the files beside the model in which it keeps tensors; without it, such a model is refused
 * @throws MODEL_UNREADABLE when the bytes are not a whole ONNX model, MODEL_UNSUPPORTED for external data, sparse
 *   tensors, model-local functions, and element or attribute types that `Graph` does not have
 */
export function decodeModel(bytes: Uint8Array, external?: ReadExternal): Graph {
	const model = readModel(bytes);
	if (!model.graph || !Object.hasOwn(model, 'ir_version') || !model.opset_import?.length)
		throw unreadable(`${bytes.length} bytes without ${missingParts(model)} (${startOf(bytes)})`);
	if (model.functions?.length) throw unsupported(`${model.functions.length} model-local functions`);
	const opsets = model.opset_import.map(
		({ domain, version }) => [domainOf(domain), integerOf(version ?? 0, 'an operator-set version')] as const,
	);
	const graph = external ? inlined(model.graph, external) : model.graph;
	return decodeGraph(graph, Object.fromEntries(opsets), textByKey(model.metadata_props));
}

function readModel(bytes: Uint8Array): OnnxModel {
	if (bytes.length === 0) throw unreadable('an empty file');
	try {
		return modelProto.decode(bytes) as OnnxModel;
	} catch (cause) {
		throw unreadable(
			`${bytes.length} bytes that break off or are damaged: ${messageOf(cause)} (${startOf(bytes)})`,
			cause,
		);
	}
}

function inlined(graph: OnnxGraph, external: ReadExternal): OnnxGraph {
	return { ...graph, initializer: graph.initializer?.map((proto) => inlineExternal(proto, external)) };
}

/** Graphs inside attributes share the operator sets of the model around them. */
function decodeGraph(graph: OnnxGraph, opsets: Graph['opsets'], metadata: Graph['metadata']): Graph {
	if (graph.sparse_initializer?.length) throw unsupported('sparse tensors');
	return {
		name: graph.name ?? '',
		inputs: (graph.input ?? []).map(decodeInterface),
		outputs: (graph.output ?? []).map(decodeInterface),
		nodes: (graph.node ?? []).map((node) => decodeNode(node, opsets)),
		initializers: tensorsByName(graph.initializer ?? []),
		values: new Map((graph.value_info ?? []).flatMap(knownValue)),
		opsets,
		metadata,
	};
}

function decodeNode(node: OnnxNode, opsets: Graph['opsets']): Node {
	const where = `node '${node.name ?? ''}' (${node.op_type ?? 'no operator'})`;
	if (!node.op_type) throw unreadable(`a node without an operator, with outputs '${node.output ?? ''}'`);
	const attributes = (node.attribute ?? []).map((attribute) => [
		attribute.name ?? '',
		decodeAttribute(attribute, where, (graph) => decodeGraph(graph, opsets, {})),
	]);
	return {
		name: node.name ?? '',
		op: node.op_type,
		domain: domainOf(node.domain),
		inputs: node.input ?? [],
		outputs: node.output ?? [],
		attributes: Object.fromEntries(attributes),
	};
}

/** `ai.onnx` is the long name of the standard domain. */
function domainOf(domain = ''): string {
	return domain === 'ai.onnx' ? '' : domain;
}

function tensorsByName(protos: readonly OnnxTensor[]): Map<string, Tensor> {
	const tensors = new Map<string, Tensor>();
	for (const proto of protos) {
		const name = proto.name ?? '';
		if (tensors.has(name)) throw unreadable(`two constants named '${name}'`);
		tensors.set(name, decodeTensor(proto));
	}
	return tensors;
}

/** A graph input or output: its type must be one that we know. */
function decodeInterface(proto: OnnxValueInfo): Value {
	const value = decodeValue(proto);
	if (value) return value;
	throw unsupported(
		`'${proto.name ?? ''}' of ONNX data type ${proto.type?.tensor_type?.elem_type ?? 'unknown'} as an input or output`,
	);
}

/** What a file says about values between nodes is a hint: types that we do not know are passed over. */
function knownValue(proto: OnnxValueInfo): [string, Value][] {
	const value = decodeValue(proto);
	return value ? [[value.name, value]] : [];
}

function decodeValue(proto: OnnxValueInfo): Value | undefined {
	const tensor = proto.type?.tensor_type;
	const type = typeOfCode(tensor?.elem_type);
	const name = proto.name ?? '';
	const shape: Shape | undefined = tensor?.shape
		? (tensor.shape.dim ?? []).map((d) =>
				Object.hasOwn(d, 'dim_value') ? integerOf(d.dim_value ?? 0, `a size of '${name}'`) : (d.dim_param ?? ''),
			)
		: undefined;
	return type && { name, type, shape };
}

function textByKey(entries: readonly OnnxEntry[] = []): Record<string, string> {
	return Object.fromEntries(entries.map(({ key, value }) => [key ?? '', value ?? '']));
}

function missingParts(model: OnnxModel): string {
	const parts = {
		'an IR version': model.ir_version,
		'a graph': model.graph,
		'operator sets': model.opset_import?.length,
	};
	return Object.entries(parts)
		.filter(([, present]) => !present)
		.map(([part]) => part)
		.join(', ');
}

function startOf(bytes: Uint8Array): string {
	return `it starts with ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`;
}

function unreadable(found: string, cause?: unknown): AndonError {
	return new AndonError(
		'MODEL_UNREADABLE',
		{
			expected: 'the bytes of an ONNX model',
			found,
			fix: 'Check that this is a whole .onnx file, or export it again.',
		},
		{ cause },
	);
}

function unsupported(found: string): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', {
		expected: 'a model in one file, of dense numeric tensors and standard operators',
		found,
		fix: 'Export the model again without it.',
	});
}
