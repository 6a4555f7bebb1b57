import t from 'tap';
import { Tensor } from '../../src/inference/model.ts';
import { decodeNpy, encodeNpy } from '../../src/inference/npy.ts';

t.test('tensors come back as they were written', async (t) => {
	for (const tensor of [
		new Tensor('float32', Float32Array.of(1.5, -2, 3, 4, 5, 6), [2, 3]),
		new Tensor('uint8', Uint8Array.of(0, 255), [2]),
		new Tensor('int32', Int32Array.of(-7), []),
	]) {
		const bytes = encodeNpy(tensor);
		const { type, dims, data } = decodeNpy(bytes, 'a.npy');
		t.strictSame({ type, dims, data }, { type: tensor.type, dims: tensor.dims, data: tensor.data });
		const start = bytes.indexOf(10) + 1;
		t.equal(start % 64, 0, 'the numbers start where NumPy aligns them');
	}
});

t.test('what NumPy writes is read: version 2, float64', async (t) => {
	const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }\n";
	const length = Buffer.alloc(4);
	length.writeUInt32LE(header.length);
	const numbers = Buffer.from(Float64Array.of(0.5, 8).buffer);
	const file = Buffer.concat([Buffer.from('\x93NUMPY\x02\x00', 'latin1'), length, Buffer.from(header), numbers]);
	const { type, dims, data } = decodeNpy(file, 'b.npy');
	t.strictSame({ type, dims, data }, { type: 'float32', dims: [1, 2], data: Float32Array.of(0.5, 8) });
});

t.test('other files, other types and Fortran order are refused by name', async (t) => {
	const good = Buffer.from(encodeNpy(new Tensor('float32', Float32Array.of(1, 2), [2])));
	const changed = (from: string, to: string) => Buffer.from(good.toString('latin1').replace(from, to), 'latin1');
	for (const bytes of [Buffer.from('hello'), good.subarray(0, -1), changed('<f4', '<c8'), changed('False', 'True ')])
		t.throws(() => decodeNpy(bytes, 'c.npy'), { code: 'FILE_UNREADABLE', message: /c\.npy/ });
});
