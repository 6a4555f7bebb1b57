/** Three bytes a pixel, in either order. */
import { onePlane, type RowReader } from './row-reader.ts';

const rgb8: RowReader = {
	...onePlane((width) => 3 * width),
	channels: 3,
	plain: true,
	step: 1,
	read: ({ data, stride, width }, y, out, at) => out.set(data.subarray(y * stride, y * stride + 3 * width), at),
};

const bgr8: RowReader = {
	...onePlane((width) => 3 * width),
	channels: 3,
	step: 1,
	read({ data, stride, width }, y, out, at) {
		const end = y * stride + 3 * width;
		for (let from = y * stride, to = at; from < end; from += 3, to += 3) {
			out[to] = data[from + 2];
			out[to + 1] = data[from + 1];
			out[to + 2] = data[from];
		}
	},
};

export const rgbRows = { RGB8: rgb8, BGR8: bgr8 };
