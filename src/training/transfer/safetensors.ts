/**
 * Reads safetensors files: an 8-byte length, a JSON header of that length, then the numbers.
 * Format: https://github.com/huggingface/safetensors#format.
 */
import { z } from 'zod';
import { AndonError, messageOf } from '../../base/errors.ts';
import { sizeOf, type Tensor } from '../../graph/graph.ts';

const entry = z.object({
	dtype: z.string(),
	shape: z.array(z.int().min(0)).max(16),
	data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

type Entry = z.infer<typeof entry>;

const header = z.record(z.string(), z.unknown());

/** The format's own limit of a header. */
const LARGEST_HEADER = 100_000_000;

interface Format {
	readonly bytes: number;
	/** Reads the value at a byte. */
	readonly read: (view: DataView, at: number) => number;
}

const FORMATS: Readonly<Record<string, Format>> = {
	F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
	F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
	F16: { bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
	BF16: { bytes: 2, read: (view, at) => brainToNumber(view.getUint16(at, true)) },
};

/**
 * The floating-point tensors of a file as float32, by name; integers and truth values are left out.
 *
 * @throws WEIGHTS_UNREADABLE when the file breaks off, or its header and its numbers disagree
 */
export function readSafetensors(bytes: Uint8Array): Map<string, Tensor> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (bytes.byteLength < 8) throw unreadable(`${bytes.byteLength} bytes`);
	const length = view.getBigUint64(0, true);
	if (length > LARGEST_HEADER || Number(length) > bytes.byteLength - 8)
		throw unreadable(`a header of ${length} bytes in a file of ${bytes.byteLength}`);
	const start = 8 + Number(length);
	const tensors = new Map<string, Tensor>();
	for (const [name, raw] of Object.entries(parseHeader(bytes.subarray(8, start)))) {
		if (name === '__metadata__') continue;
		const parsed = entry.safeParse(raw);
		if (!parsed.success) throw unreadable(`an entry '${name}' without type, shape or place`);
		const tensor = readTensor(name, parsed.data, view, start);
		if (tensor) tensors.set(name, tensor);
	}
	return tensors;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
	try {
		return header.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
	} catch (cause) {
		throw unreadable(`a header that is not JSON: ${messageOf(cause)}`, cause);
	}
}

function readTensor(name: string, { dtype, shape, data_offsets }: Entry, view: DataView, start: number) {
	const [begin, end] = data_offsets;
	const size = sizeOf(shape);
	if (begin > end || start + end > view.byteLength)
		throw unreadable(`tensor '${name}' at ${begin}–${end}, beyond the ${view.byteLength - start} bytes of numbers`);
	const format = Object.hasOwn(FORMATS, dtype) ? FORMATS[dtype] : undefined;
	if (!format) return undefined;
	if (end - begin !== size * format.bytes)
		throw unreadable(`tensor '${name}' of shape [${shape}] and type ${dtype} in ${end - begin} bytes`);
	return { type: 'float32' as const, dims: shape, data: readNumbers(view, start + begin, size, format) };
}

function readNumbers(view: DataView, at: number, size: number, format: Format): Float32Array {
	// Little-endian is the byte order of every host that ONNX Runtime is built for.
	if (format === FORMATS.F32)
		return new Float32Array(view.buffer.slice(view.byteOffset + at, view.byteOffset + at + 4 * size));
	const data = new Float32Array(size);
	for (let i = 0; i < size; i++) data[i] = format.read(view, at + i * format.bytes);
	return data;
}

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function halfToNumber(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >> 10) & 0x1f;
	const fraction = bits & 0x3ff;
	if (exponent === 0) return sign * fraction * 2 ** -24;
	if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
	return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function brainToNumber(bits: number): number {
	scratch.setUint32(0, bits * 0x10000);
	return scratch.getFloat32(0);
}

function unreadable(found: string, cause?: unknown): AndonError {
	return new AndonError(
		'WEIGHTS_UNREADABLE',
		{
			expected: 'a whole safetensors file',
			found,
			fix: 'Copy or save the file again; `safetensors.torch.save_file(model.state_dict(), path)` writes one.',
		},
		{ cause },
	);
}
