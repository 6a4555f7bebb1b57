/** NumPy's .npy files: how Python users keep a model's inputs. Source: NumPy, numpy.lib.format, versions 1 to 3. */
import { AndonError } from '../base/errors.ts';
import { Tensor } from './model.ts';

const MAGIC = '\x93NUMPY';

/** The types that a model's input can have, by NumPy's name. */
const TYPES = { '<f4': 'float32', '<f8': 'float64', '|u1': 'uint8', '|i1': 'int8', '<i4': 'int32' } as const;

type Data = Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array;

const CREATE: Readonly<Record<keyof typeof TYPES, (buffer: ArrayBuffer) => Data>> = {
	'<f4': (buffer) => new Float32Array(buffer),
	'<f8': (buffer) => new Float64Array(buffer),
	'|u1': (buffer) => new Uint8Array(buffer),
	'|i1': (buffer) => new Int8Array(buffer),
	'<i4': (buffer) => new Int32Array(buffer),
};

/**
 * A tensor from the bytes of a file; float64, which models seldom take, becomes float32.
 *
 * @throws FILE_UNREADABLE for other files, other types of numbers and Fortran order
 */
export function decodeNpy(bytes: Uint8Array, name: string): Tensor {
	const { header, start } = headerOf(bytes, name);
	const field = (pattern: RegExp) => pattern.exec(header)?.[1] ?? '';
	const type = field(/'descr'\s*:\s*'([^']*)'/) as keyof typeof TYPES;
	const shape = field(/'shape'\s*:\s*\(([^)]*)\)/);
	if (!Object.hasOwn(TYPES, type) || field(/'fortran_order'\s*:\s*(True|False)/) !== 'False')
		throw unreadable(name, header.trim());
	const dims = shape.split(',').flatMap((d) => (d.trim() === '' ? [] : Number(d)));
	const size = dims.reduce((a, b) => a * b, 1);
	const content = Uint8Array.from(bytes.subarray(start));
	if (content.length !== size * Number(type.slice(2)))
		throw unreadable(name, `${content.length} bytes for the shape (${shape})`);
	const data = CREATE[type](content.buffer);
	if (data instanceof Float64Array) return new Tensor('float32', Float32Array.from(data), dims);
	return new Tensor(TYPES[type] as 'float32', data as Float32Array, dims);
}

/** The bytes of a .npy file of version 1. */
export function encodeNpy({ type, dims, data }: Pick<Tensor, 'type' | 'dims' | 'data'>): Uint8Array {
	const descr = Object.keys(TYPES).find((key) => TYPES[key as keyof typeof TYPES] === type);
	if (!descr) throw new TypeError(`no .npy of ${type}`);
	const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims.map((d) => `${d},`).join(' ')}), }`;
	// Magic, version, length and header together are a multiple of 64 bytes, with a newline at the end.
	const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
	const { buffer, byteOffset, byteLength } = data as Data;
	const length = Buffer.alloc(2);
	length.writeUInt16LE(header.length);
	return Buffer.concat([
		Buffer.from(`${MAGIC}\x01\x00`, 'latin1'),
		length,
		Buffer.from(header, 'latin1'),
		Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
	]);
}

function headerOf(bytes: Uint8Array, name: string): { header: string; start: number } {
	const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.length < 12 || view.toString('latin1', 0, 6) !== MAGIC)
		throw unreadable(name, `${bytes.length} bytes without its start`);
	const [at, length] = view[6] === 1 ? [10, view.readUInt16LE(8)] : [12, view.readUInt32LE(8)];
	return { header: view.toString('latin1', at, at + length), start: at + length };
}

function unreadable(name: string, found: string): AndonError {
	return new AndonError('FILE_UNREADABLE', {
		expected: `${name} as a .npy array of ${Object.values(TYPES).join(', ')} in C order`,
		found,
		fix: 'Save it with numpy.save(path, numpy.ascontiguousarray(x)).',
	});
}
