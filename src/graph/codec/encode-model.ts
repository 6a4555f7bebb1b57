/** Graph → ONNX file. */
import type { ElementType, Graph, Node, Shape, Value } from '../graph.ts';
import { encodeAttribute } from './attribute-codec.ts';
import { modelProto, type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxValueInfo } from './onnx-schema.ts';
import { encodeTensor, typeCode } from './tensor-codec.ts';

const IR_VERSION = 10;

/** The bytes of an ONNX file, the same for the same graph. Numbers of `float` attributes are stored as float32. */
export function encodeModel(graph: Graph): Uint8Array {
	const model: OnnxModel = {
		ir_version: IR_VERSION,
		producer_name: 'andon',
		graph: encodeGraph(graph),
		opset_import: Object.entries(graph.opsets).map(([domain, version]) => ({ domain, version })),
		metadata_props: Object.entries(graph.metadata).map(([key, value]) => ({ key, value })),
	};
	const bytes = modelProto.encode(model).finish();
	return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function encodeGraph(graph: Graph): OnnxGraph {
	return {
		node: graph.nodes.map(encodeNode),
		name: graph.name,
		initializer: Array.from(graph.initializers, ([name, tensor]) => encodeTensor(name, tensor)),
		input: graph.inputs.map(encodeValue),
		output: graph.outputs.map(encodeValue),
		value_info: Array.from(graph.values.values(), encodeValue),
	};
}

function encodeNode(node: Node): OnnxNode {
	return {
		input: [...node.inputs],
		output: [...node.outputs],
		...(node.name === '' ? {} : { name: node.name }),
		op_type: node.op,
		attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value, encodeGraph)),
		...(node.domain === '' ? {} : { domain: node.domain }),
	};
}

function encodeValue({ name, type, shape }: Value): OnnxValueInfo {
	return { name, type: { tensor_type: encodeType(type, shape) } };
}

function encodeType(type: ElementType, shape: Shape | undefined) {
	const dim = shape?.map((d) => (typeof d === 'number' ? { dim_value: d } : d === '' ? {} : { dim_param: d }));
	return { elem_type: typeCode(type), ...(dim ? { shape: { dim } } : {}) };
}
