import t from 'tap';
import { readSafetensors } from '../../../src/training/transfer/safetensors.ts';
import { f32, safetensorsOf } from '../../support/write-safetensors.ts';

const bits = (dtype: string, values: readonly number[]) => ({
	dtype,
	shape: [values.length],
	bytes: new Uint8Array(Uint16Array.from(values).buffer),
});

t.test('every float type is read as float32, whatever else is in the file', async (t) => {
	const double = Float64Array.of(0.1, -1e-300);
	const tensors = readSafetensors(
		safetensorsOf({
			'a.weight': f32([2, 1, 3], [1, 2, 3, 4, 5, -6.5]),
			// 1, −2, 0.5, 65504, the smallest subnormal, −0, ∞, no number
			half: bits('F16', [0x3c00, 0xc000, 0x3800, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x7e00]),
			brain: bits('BF16', [0x3f80, 0xc000, 0x4049]),
			double: { dtype: 'F64', shape: [2], bytes: new Uint8Array(double.buffer) },
			count: { dtype: 'I64', shape: [], bytes: new Uint8Array(8) },
			scalar: f32([], [7]),
		}),
	);
	t.same([...tensors.keys()], ['a.weight', 'half', 'brain', 'double', 'scalar']);
	t.same(tensors.get('a.weight'), { type: 'float32', dims: [2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, -6.5) });
	t.same(tensors.get('half')?.data, Float32Array.of(1, -2, 0.5, 65504, 2 ** -24, -0, Infinity, NaN));
	t.same(tensors.get('brain')?.data, Float32Array.of(1, -2, 3.140625));
	t.same(tensors.get('double')?.data, Float32Array.of(0.1, -0));
	t.same(tensors.get('scalar')?.data, Float32Array.of(7));
});

t.test('a file at an odd place in memory is read all the same', async (t) => {
	const file = safetensorsOf({ a: f32([2], [1.5, -2]) });
	const shifted = new Uint8Array(file.length + 1);
	shifted.set(file, 1);
	t.same(readSafetensors(shifted.subarray(1)).get('a')?.data, Float32Array.of(1.5, -2));
});

const whole = () => safetensorsOf({ a: f32([2, 2], [1, 2, 3, 4]) });
const withEntry = (change: object) =>
	safetensorsOf({ a: f32([2, 2], [1, 2, 3, 4]) }, (header) => {
		header.a = { ...(header.a as object), ...change };
	});
const withLength = (length: bigint) => {
	const bytes = Buffer.from(whole());
	bytes.writeBigUInt64LE(length);
	return bytes;
};

for (const [what, bytes, message] of [
	['an empty file', new Uint8Array(0), /0 bytes/],
	['a file that breaks off in its header', whole().subarray(0, 20), /header of/],
	['a file that breaks off in its numbers', whole().subarray(0, whole().length - 1), /beyond the 15 bytes/],
	['a header of a size beyond reason', withLength(2n ** 63n), /header of 9223372036854775808 bytes/],
	['a header cut short', withLength(9n), /not JSON/],
	['an entry without a type', withEntry({ dtype: 4 }), /entry 'a'/],
	['a negative size', withEntry({ shape: [-2, -2] }), /entry 'a'/],
	['an end in front of the begin', withEntry({ data_offsets: [8, 0] }), /at 8–0/],
	['more numbers than the shape says', withEntry({ shape: [3] }), /shape \[3\] and type F32 in 16 bytes/],
	['an enormous shape', withEntry({ shape: [1e15, 1e15] }), /in 16 bytes|entry 'a'/],
	['places beyond the file', withEntry({ data_offsets: [0, 1e12] }), /beyond/],
] as const)
	t.test(`${what} is refused in words`, async (t) => {
		t.throws(() => readSafetensors(bytes), { code: 'WEIGHTS_UNREADABLE', message });
	});
