import t from 'tap';
import { z } from 'zod';
import { readOptions } from '../../src/training/read-options.ts';

const schema = z.strictObject({
	steps: z.int(),
	classes: z.array(z.string()).default([]),
	network: z.strictObject({ name: z.string(), options: z.record(z.string(), z.unknown()).default({}) }),
});

const preset = { steps: 10, classes: ['a', 'b'], network: { name: 'unet', options: { base: 16, stem: 'half' } } };

const read = (set: readonly string[], flags = {}, config?: string) =>
	readOptions(schema, { preset, flags, set, config }, 'settings');

t.test('the file is laid over the preset, flags over the file, single settings over all', async (t) => {
	const dir = t.testdir({ 'a.yaml': 'steps: 20\nclasses: [c]\nnetwork: { options: { base: 8 } }\n' });
	const options = await read(['network.options.base=4'], { steps: 30, classes: undefined }, `${dir}/a.yaml`);
	t.same(options, { steps: 30, classes: ['c'], network: { name: 'unet', options: { base: 4, stem: 'half' } } });
});

t.test('another network starts without the options of the preset’s, in whatever order it is asked for', async (t) => {
	for (const set of [
		['network.name=simple-cnn', 'network.options.depth=2'],
		['network.options.depth=2', 'network.name=simple-cnn'],
	])
		t.same((await read(set)).network, { name: 'simple-cnn', options: { depth: 2 } });
	t.same((await read(['network.name=unet', 'network.options.base=4'])).network.options, { base: 4, stem: 'half' });
});

t.test('what is no setting is refused in words', async (t) => {
	await t.rejects(read(['steps']), { code: 'USAGE', message: /path=value/ });
	await t.rejects(read(['stepz=3']), { code: 'CONFIG_INVALID', message: /stepz/ });
	await t.rejects(read([], {}, '/nowhere.yaml'), { code: 'FILE_UNREADABLE' });
});
