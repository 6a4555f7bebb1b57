/** The ONNX file format as data: the messages and field numbers that Andon reads and writes (onnx.proto, IR version 10). */
import protobuf from 'protobufjs/light.js';

/** Field specifications: number, type, `*` for repeated, `packed` where onnx.proto says so. Enums travel as int32. */
const MESSAGES = {
	ModelProto: {
		ir_version: '1 int64',
		producer_name: '2 string',
		producer_version: '3 string',
		domain: '4 string',
		model_version: '5 int64',
		doc_string: '6 string',
		graph: '7 GraphProto',
		opset_import: '8 OperatorSetIdProto*',
		metadata_props: '14 StringStringEntryProto*',
		functions: '25 FunctionProto*',
	},
	OperatorSetIdProto: { domain: '1 string', version: '2 int64' },
	StringStringEntryProto: { key: '1 string', value: '2 string' },
	/** Named only so that its presence is seen: model-local functions are refused. */
	FunctionProto: { name: '1 string' },
	GraphProto: {
		node: '1 NodeProto*',
		name: '2 string',
		initializer: '5 TensorProto*',
		doc_string: '10 string',
		input: '11 ValueInfoProto*',
		output: '12 ValueInfoProto*',
		value_info: '13 ValueInfoProto*',
		/** SparseTensorProto, named only so that its presence is seen. */
		sparse_initializer: '15 bytes*',
	},
	NodeProto: {
		input: '1 string*',
		output: '2 string*',
		name: '3 string',
		op_type: '4 string',
		attribute: '5 AttributeProto*',
		doc_string: '6 string',
		domain: '7 string',
	},
	AttributeProto: {
		name: '1 string',
		f: '2 float',
		i: '3 int64',
		s: '4 bytes',
		t: '5 TensorProto',
		g: '6 GraphProto',
		floats: '7 float*',
		ints: '8 int64*',
		strings: '9 bytes*',
		type: '20 int32',
		ref_attr_name: '21 string',
	},
	TensorProto: {
		dims: '1 int64*',
		data_type: '2 int32',
		float_data: '4 float* packed',
		int32_data: '5 int32* packed',
		int64_data: '7 int64* packed',
		name: '8 string',
		raw_data: '9 bytes',
		double_data: '10 double* packed',
		uint64_data: '11 uint64* packed',
		external_data: '13 StringStringEntryProto*',
		data_location: '14 int32',
	},
	ValueInfoProto: { name: '1 string', type: '2 TypeProto' },
	TypeProto: { tensor_type: '1 TensorTypeProto' },
	/** `TypeProto.Tensor` in onnx.proto. */
	TensorTypeProto: { elem_type: '1 int32', shape: '2 TensorShapeProto' },
	TensorShapeProto: { dim: '1 DimensionProto*' },
	/** `TensorShapeProto.Dimension` in onnx.proto. */
	DimensionProto: { dim_value: '1 int64', dim_param: '2 string' },
} as const;

/** A 64-bit integer as protobufjs reads it. */
export interface Int64Bits {
	readonly low: number;
	readonly high: number;
	readonly unsigned: boolean;
	toNumber(): number;
}

export interface OnnxModel {
	ir_version?: Int64Bits | number;
	producer_name?: string;
	graph?: OnnxGraph;
	opset_import?: { domain?: string; version?: Int64Bits | number }[];
	metadata_props?: OnnxEntry[];
	functions?: unknown[];
}

export interface OnnxEntry {
	key?: string;
	value?: string;
}

export interface OnnxGraph {
	name?: string;
	node?: OnnxNode[];
	initializer?: OnnxTensor[];
	sparse_initializer?: unknown[];
	input?: OnnxValueInfo[];
	output?: OnnxValueInfo[];
	value_info?: OnnxValueInfo[];
}

export interface OnnxNode {
	input?: string[];
	output?: string[];
	name?: string;
	op_type?: string;
	domain?: string;
	attribute?: OnnxAttribute[];
}

export interface OnnxAttribute {
	name?: string;
	type?: number;
	f?: number;
	i?: Int64Bits | number;
	s?: Uint8Array;
	t?: OnnxTensor;
	g?: OnnxGraph;
	floats?: number[];
	ints?: (Int64Bits | number)[];
	strings?: Uint8Array[];
	ref_attr_name?: string;
}

export interface OnnxTensor {
	dims?: (Int64Bits | number)[];
	data_type?: number;
	name?: string;
	raw_data?: Uint8Array;
	float_data?: number[];
	int32_data?: number[];
	int64_data?: Int64Bits[];
	double_data?: number[];
	uint64_data?: Int64Bits[];
	external_data?: OnnxEntry[];
	data_location?: number;
}

export interface OnnxValueInfo {
	name?: string;
	type?: {
		tensor_type?: {
			elem_type?: number;
			shape?: { dim?: { dim_value?: Int64Bits | number; dim_param?: string }[] };
		};
	};
}

const root = protobuf.Root.fromJSON({ nested: Object.fromEntries(Object.entries(MESSAGES).map(describeMessage)) });

/** The root message of an ONNX file. */
export const modelProto = root.lookupType('ModelProto');

function describeMessage([name, fields]: [string, Readonly<Record<string, string>>]) {
	// proto2, as onnx.proto is: a zero that was written is different from nothing.
	return [name, { edition: 'proto2', fields: Object.fromEntries(Object.entries(fields).map(describeField)) }];
}

function describeField([name, specification]: [string, string]) {
	const [id, type, packed] = specification.split(' ');
	const repeated = type.endsWith('*');
	return [
		name,
		{
			id: Number(id),
			type: repeated ? type.slice(0, -1) : type,
			...(repeated ? { rule: 'repeated', options: { packed: packed === 'packed' } } : {}),
		},
	];
}
