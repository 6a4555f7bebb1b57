/**
 * Grey formats, of 8, 10 and 12 bits. Layouts: EMVA, GenICam Pixel Format Naming Convention 2.4 (`Mono10`, `Mono10p`), and
 * AIA, GigE Vision 2.0, for the older `Mono10Packed` and `Mono12Packed`.
 */
import { onePlane, type RowReader } from './row-reader.ts';

const mono8: RowReader = {
	...onePlane((width) => width),
	channels: 1,
	plain: true,
	step: 1,
	read: ({ data, stride, width }, y, out, at) => out.set(data.subarray(y * stride, y * stride + width), at),
};

/** One sample in two bytes, low byte first, in the low bits. */
function unpacked(bits: number): RowReader {
	const down = bits - 8;
	const up = 8 - down;
	return {
		...onePlane((width) => 2 * width),
		channels: 1,
		step: 1,
		read({ data, stride, width }, y, out, at) {
			for (let x = 0, from = y * stride; x < width; x++, from += 2)
				out[at + x] = (data[from] >> down) | (data[from + 1] << up);
		},
	};
}

/** Two samples in three bytes: the high 8 bits of each in the first and the third byte, what is left of both between them. */
const gigePacked: RowReader = {
	...onePlane((width) => 1.5 * width),
	channels: 1,
	step: 2,
	read({ data, stride, width }, y, out, at) {
		for (let x = 0, from = y * stride; x < width; x += 2, from += 3) {
			out[at + x] = data[from];
			out[at + x + 1] = data[from + 2];
		}
	},
};

/** Four samples in five bytes, bit after bit from the lowest on. */
const mono10p: RowReader = {
	...onePlane((width) => 1.25 * width),
	channels: 1,
	step: 4,
	read({ data, stride, width }, y, out, at) {
		for (let x = at, from = y * stride; x < at + width; x += 4, from += 5) {
			const second = data[from + 1];
			const third = data[from + 2];
			const fourth = data[from + 3];
			out[x] = (data[from] >> 2) | (second << 6);
			out[x + 1] = (second >> 4) | (third << 4);
			out[x + 2] = (third >> 6) | (fourth << 2);
			out[x + 3] = data[from + 4];
		}
	},
};

/** Two samples in three bytes, bit after bit from the lowest on. */
const mono12p: RowReader = {
	...onePlane((width) => 1.5 * width),
	channels: 1,
	step: 2,
	read({ data, stride, width }, y, out, at) {
		for (let x = at, from = y * stride; x < at + width; x += 2, from += 3) {
			out[x] = (data[from] >> 4) | (data[from + 1] << 4);
			out[x + 1] = data[from + 2];
		}
	},
};

export const monoRows = {
	Mono8: mono8,
	Mono10: unpacked(10),
	Mono12: unpacked(12),
	Mono10Packed: gigePacked,
	Mono12Packed: gigePacked,
	Mono10p: mono10p,
	Mono12p: mono12p,
};
