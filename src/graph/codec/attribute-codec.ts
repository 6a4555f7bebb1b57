/** Attributes between plain data and ONNX's AttributeProto. */
import { AndonError } from '../../base/errors.ts';
import type { Attribute, Graph } from '../graph.ts';
import { integerOf } from './integers.ts';
import type { OnnxAttribute, OnnxGraph } from './onnx-schema.ts';
import { decodeTensor, encodeTensor } from './tensor-codec.ts';

/** AttributeProto.AttributeType by our kinds. */
const TYPE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** @param encodeGraph how a graph inside an attribute is written */
export function encodeAttribute(
	name: string,
	attribute: Attribute,
	encodeGraph: (graph: Graph) => OnnxGraph,
): OnnxAttribute {
	return { name, type: TYPE[attribute.kind], ...encodeContent(attribute, encodeGraph) };
}

function encodeContent(attribute: Attribute, encodeGraph: (graph: Graph) => OnnxGraph): OnnxAttribute {
	switch (attribute.kind) {
		case 'int':
			return { i: attribute.value };
		case 'float':
			return { f: attribute.value };
		case 'string':
			return { s: encoder.encode(attribute.value) };
		case 'ints':
			return { ints: [...attribute.value] };
		case 'floats':
			return { floats: [...attribute.value] };
		case 'strings':
			return { strings: attribute.value.map((s) => encoder.encode(s)) };
		case 'tensor':
			return { t: encodeTensor('', attribute.value) };
		case 'graph':
			return { g: encodeGraph(attribute.value) };
	}
}

/**
 * @param where the node, for messages
 * @param decodeGraph how a graph inside an attribute is read
 * @throws MODEL_UNSUPPORTED for kinds that the graph does not have
 */
export function decodeAttribute(
	proto: OnnxAttribute,
	where: string,
	decodeGraph: (graph: OnnxGraph) => Graph,
): Attribute {
	const what = `attribute '${proto.name ?? ''}' of ${where}`;
	switch (proto.type) {
		case TYPE.int:
			return { kind: 'int', value: integerOf(proto.i ?? 0, what) };
		case TYPE.float:
			return { kind: 'float', value: proto.f ?? 0 };
		case TYPE.string:
			return { kind: 'string', value: textOf(proto.s, what) };
		case TYPE.ints:
			return { kind: 'ints', value: (proto.ints ?? []).map((v) => integerOf(v, what)) };
		case TYPE.floats:
			return { kind: 'floats', value: proto.floats ?? [] };
		case TYPE.strings:
			return { kind: 'strings', value: (proto.strings ?? []).map((s) => textOf(s, what)) };
		case TYPE.tensor:
			return { kind: 'tensor', value: decodeTensor(proto.t ?? {}) };
		case TYPE.graph:
			return { kind: 'graph', value: decodeGraph(proto.g ?? {}) };
		default:
			throw new AndonError('MODEL_UNSUPPORTED', {
				expected: `${what} as a number, text, tensor, graph or list of numbers or texts`,
				found: `ONNX attribute type ${proto.type ?? 0}`,
				fix: 'Export the model without it.',
			});
	}
}

function textOf(bytes: Uint8Array | undefined, what: string): string {
	try {
		return decoder.decode(Uint8Array.from(bytes ?? []));
	} catch (cause) {
		throw new AndonError(
			'MODEL_UNSUPPORTED',
			{ expected: `${what} as UTF-8 text`, found: 'other bytes', fix: 'Export the model without it.' },
			{ cause },
		);
	}
}
