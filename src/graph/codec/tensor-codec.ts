/** Tensors between plain data and ONNX's TensorProto: the one place that knows its eleven ways to store numbers. */
import { AndonError } from '../../base/errors.ts';
import { type ElementType, sizeOf, type Tensor, type TensorData } from '../graph.ts';
import { integerOf } from './integers.ts';
import type { Int64Bits, OnnxTensor } from './onnx-schema.ts';

interface Storage {
	/** TensorProto.DataType. */
	readonly code: number;
	readonly create: (buffer: ArrayBuffer) => TensorData;
	readonly bytes: number;
	/** The typed field that may hold the data instead of `raw_data`. */
	readonly field: 'float_data' | 'int32_data' | 'int64_data' | 'double_data' | 'uint64_data';
}

const STORAGE: Readonly<Record<ElementType, Storage>> = {
	float32: { code: 1, bytes: 4, field: 'float_data', create: (b) => new Float32Array(b) },
	uint8: { code: 2, bytes: 1, field: 'int32_data', create: (b) => new Uint8Array(b) },
	int8: { code: 3, bytes: 1, field: 'int32_data', create: (b) => new Int8Array(b) },
	uint16: { code: 4, bytes: 2, field: 'int32_data', create: (b) => new Uint16Array(b) },
	int16: { code: 5, bytes: 2, field: 'int32_data', create: (b) => new Int16Array(b) },
	int32: { code: 6, bytes: 4, field: 'int32_data', create: (b) => new Int32Array(b) },
	int64: { code: 7, bytes: 8, field: 'int64_data', create: (b) => new BigInt64Array(b) },
	bool: { code: 9, bytes: 1, field: 'int32_data', create: (b) => new Uint8Array(b) },
	float16: { code: 10, bytes: 2, field: 'int32_data', create: (b) => new Uint16Array(b) },
	float64: { code: 11, bytes: 8, field: 'double_data', create: (b) => new Float64Array(b) },
	uint32: { code: 12, bytes: 4, field: 'uint64_data', create: (b) => new Uint32Array(b) },
	uint64: { code: 13, bytes: 8, field: 'uint64_data', create: (b) => new BigUint64Array(b) },
};

const TYPE_OF_CODE = new Map(Object.entries(STORAGE).map(([type, { code }]) => [code, type as ElementType]));

/** The ONNX data-type number of an element type. */
export function typeCode(type: ElementType): number {
	return STORAGE[type].code;
}

/** The element type of an ONNX data-type number, or undefined where the graph has no such type (strings, bfloat16 …). */
export function typeOfCode(code: number | undefined): ElementType | undefined {
	return TYPE_OF_CODE.get(code ?? 0);
}

/** Numbers go to `raw_data`, little-endian: the byte order of every host that ONNX Runtime is built for. */
export function encodeTensor(name: string, tensor: Tensor): OnnxTensor {
	const { data } = tensor;
	return {
		dims: [...tensor.dims],
		data_type: typeCode(tensor.type),
		...(name === '' ? {} : { name }),
		raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
	};
}

/** @throws MODEL_UNSUPPORTED for external data and unknown types, MODEL_UNREADABLE when size and data disagree */
export function decodeTensor(proto: OnnxTensor): Tensor {
	const name = proto.name ?? '';
	const type = typeOfCode(proto.data_type);
	if (proto.data_location === 1 || proto.external_data?.length)
		throw unsupported(`tensor '${name}' keeps its data in another file`, 'Save the model as one file.');
	if (type === undefined)
		throw unsupported(
			`tensor '${name}' of ONNX data type ${proto.data_type ?? 0}`,
			'Export the model with ordinary numeric tensors.',
		);
	const dims = (proto.dims ?? []).map((d) => integerOf(d, `a dimension of tensor '${name}'`));
	// Own, because protobufjs puts defaults on the prototype.
	const raw = Object.hasOwn(proto, 'raw_data') ? proto.raw_data : undefined;
	const data = raw ? fromRaw(raw, type, name) : fromField(proto, type);
	if (dims.some((d) => d < 0) || data.length !== sizeOf(dims))
		throw new AndonError('MODEL_UNREADABLE', {
			expected: `tensor '${name}' with as many values as its shape [${dims}] says`,
			found: `${data.length} values`,
			fix: 'The file is damaged: copy or export it again.',
		});
	return { type, dims, data };
}

function unsupported(found: string, fix: string): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', { expected: 'numeric tensors inside the file', found, fix });
}

function fromRaw(raw: Uint8Array, type: ElementType, name: string): TensorData {
	const { bytes, create } = STORAGE[type];
	if (raw.byteLength % bytes !== 0)
		throw new AndonError('MODEL_UNREADABLE', {
			expected: `data of tensor '${name}' in whole ${type} values of ${bytes} bytes`,
			found: `${raw.byteLength} bytes`,
			fix: 'The file is damaged: copy or export it again.',
		});
	// A copy: the view into the file need not be aligned, and must not keep the whole file alive.
	const copy = new ArrayBuffer(raw.byteLength);
	new Uint8Array(copy).set(raw);
	return create(copy);
}

function fromField(proto: OnnxTensor, type: ElementType): TensorData {
	const { bytes, create, field } = STORAGE[type];
	const values = proto[field] ?? [];
	const data = create(new ArrayBuffer(values.length * bytes));
	if (data instanceof BigInt64Array || data instanceof BigUint64Array)
		for (const [i, v] of values.entries()) data[i] = bigOf(v as Int64Bits);
	else for (const [i, v] of values.entries()) data[i] = typeof v === 'number' ? v : v.toNumber();
	return data;
}

function bigOf(bits: Int64Bits): bigint {
	return (BigInt(bits.high) << 32n) | BigInt(bits.low >>> 0);
}
