import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readModelFile } from '../../../src/graph/codec/codec.ts';
import { modelProto } from '../../../src/graph/codec/onnx-schema.ts';

const numbers = Float32Array.of(9, 9, 1, 2, 3);

t.test('tensors beside the model are read from where the model says', async (t) => {
	const dir = t.testdir();
	await mkdir(join(dir, 'weights'));
	await writeFile(join(dir, 'weights', 'w.bin'), numbers);
	const path = join(dir, 'model.onnx');
	await writeFile(path, model({ location: 'weights/w.bin', offset: '8', length: '12' }));
	t.strictSame(readModelFile(path).initializers.get('w'), {
		type: 'float32',
		dims: [3],
		data: Float32Array.of(1, 2, 3),
	});
});

t.test('missing and short data, and paths that leave the folder, are refused', async (t) => {
	const dir = t.testdir({ 'w.bin': Buffer.from(numbers.buffer) });
	const path = join(dir, 'model.onnx');
	for (const [facts, found] of [
		[{ location: 'nowhere.bin' }, /nowhere\.bin/],
		[{ location: 'w.bin', offset: '12', length: '12' }, /12 to 24 of 20/],
		[{ location: '../w.bin' }, /leaves the model's folder/],
		[{ location: '/etc/hostname' }, /leaves the model's folder/],
	] as const) {
		await writeFile(path, model(facts));
		t.throws(() => readModelFile(path), { code: 'MODEL_UNREADABLE', message: found }, JSON.stringify(facts));
	}
	t.throws(() => readModelFile(join(dir, 'none.onnx')), { code: 'FILE_UNREADABLE' });
});

function model(facts: Readonly<Record<string, string>>): Uint8Array {
	const external_data = Object.entries(facts).map(([key, value]) => ({ key, value }));
	const w = { name: 'w', dims: [3], data_type: 1, data_location: 1, external_data };
	return modelProto.encode({ ir_version: 10, opset_import: [{ version: 21 }], graph: { initializer: [w] } }).finish();
}
