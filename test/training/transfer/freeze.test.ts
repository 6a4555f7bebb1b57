import t from 'tap';
import { NETWORKS } from '../../../src/networks/index.ts';
import { parameterLayout } from '../../../src/training/parameters.ts';
import { frozenParameters } from '../../../src/training/transfer/freeze.ts';

const tiny = { width: 32, height: 32, alpha: 0.05, initializer: 'zeros' };
const network = NETWORKS.resnet50.create({ ...tiny, mask: 'sigmoid', blocks: [1, 2, 1, 1], style: 'torch' });
const all = parameterLayout(network).trainable.map((slot) => slot.name);
const frozen = (...rules: (string | number)[]) => [...frozenParameters(network, rules)];

t.test('`encoder` is everything in front of the heads', async (t) => {
	const names = frozen('encoder');
	t.ok(names.includes('conv5_block1_3_bn/bias'));
	t.ok(all.filter((name) => !names.includes(name)).every((name) => /^(score|mask|up\d)\//.test(name)));
});

t.test('a pattern is matched against names of parameters', async (t) => {
	t.same(
		frozen('conv3_block2_*_conv/*'),
		all.filter((name) => /^conv3_block2_\d_conv\//.test(name)),
	);
	t.same(frozen('*_bn/*').length, all.filter((name) => name.includes('_bn/')).length);
	t.same(frozen('conv1_*', 'conv2_*').sort(), all.filter((name) => /^conv[12]_/.test(name)).sort());
	t.throws(() => frozen('conv1.conv/*'), { code: 'CONFIG_INVALID' }, 'a dot is only a dot');
});

t.test('a feature map freezes all that it is made of, a layer all up to it', async (t) => {
	const early = all.filter((name) => /^conv[12]_|^conv3_block1_/.test(name));
	t.same(frozen('conv3_block1_out').sort(), [...early].sort());
	const layer = frozen('conv3_block1_2_bn');
	t.ok(layer.includes('conv3_block1_2_bn/scale') && layer.includes('conv3_block1_1_conv/weight'));
	t.notOk(layer.some((name) => name.startsWith('conv3_block1_0') || name.startsWith('conv3_block1_3')));
});

t.test('a number freezes the first layers, each with its normalisation', async (t) => {
	t.same(frozen(1), ['conv1_conv/weight', 'conv1_bn/scale', 'conv1_bn/bias']);
	t.equal(frozen(3).filter((name) => name.endsWith('/weight')).length, 3);
	t.same(frozen(0), []);
});

t.test('a rule that fits nothing is refused with the names there are', async (t) => {
	for (const rule of ['conv9_*', 'conv3_block7_out'])
		t.throws(() => frozen(rule), { code: 'CONFIG_INVALID', message: /conv1_conv.*Give `encoder`/ });
});
