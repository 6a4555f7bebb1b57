/** Writes safetensors files for tests, in any of the float types. */

interface Entry {
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly bytes: Uint8Array;
}

/** The bytes of a file with these tensors; `change` may spoil the header. */
export function safetensorsOf(
	entries: Readonly<Record<string, Entry>>,
	change: (header: Record<string, unknown>) => void = () => {},
): Uint8Array {
	const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
	let offset = 0;
	for (const [name, { dtype, shape, bytes }] of Object.entries(entries)) {
		header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
		offset += bytes.length;
	}
	change(header);
	const text = Buffer.from(JSON.stringify(header));
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(text.length));
	return Buffer.concat([length, text, ...Object.values(entries).map((entry) => entry.bytes)]);
}

export function f32(shape: readonly number[], values: Iterable<number>): Entry {
	const data = Float32Array.from(values);
	return { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer) };
}
