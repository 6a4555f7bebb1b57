import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { type Inspected, openInspector } from '../../src/inference/inspector-model.ts';
import { type DeployOptions, deploy } from '../../src/networks/deploy.ts';
import { unet, unetOptions } from '../../src/networks/unet.ts';

const SIZE = 16;

async function inspect(heads: object, options: DeployOptions = {}): Promise<Inspected> {
	const network = unet(unetOptions.parse({ width: SIZE, height: SIZE, base: 4, depth: 2, seed: 4, ...heads }));
	const bytes = encodeModel(deploy(network, options));
	const inspector = await openInspector({ bytes, input: { width: SIZE, height: SIZE, channels: 1 } }, { threads: 1 });
	try {
		return await inspector.inspect(Uint8Array.from({ length: SIZE * SIZE }, (_, i) => (i * 37) % 251));
	} finally {
		await inspector.close();
	}
}

const logit = (p: number) => Math.log(p / (1 - p));
const close = (a: number, b: number) => Math.abs(a - b) < 1e-4;
const softmax = { mask: 'softmax', score: 'softmax', classes: 4 };

t.test('a shift of the mask adds to the logit of every pixel, whatever the head', async (t) => {
	for (const heads of [{}, softmax]) {
		const [plain, shifted] = [await inspect(heads), await inspect(heads, { maskShift: 1.5 })];
		t.ok(plain.mask!.every((p, i) => close(logit(shifted.mask![i]), logit(p) + 1.5)));
	}
});

t.test('softmax heads also tell classes apart: sound first, and the likeliest class of each pixel', async (t) => {
	const { score, mask, classScores, labels } = await inspect(softmax, { score: 'head' });
	t.equal(classScores?.length, 4);
	t.ok(
		close(
			classScores!.reduce((a, b) => a + b, 0),
			1,
		),
	);
	t.ok(close(score, 1 - classScores![0]));
	t.equal(labels?.length, SIZE * SIZE);
	t.ok(labels!.every((label, i) => label < 4 && (label !== 0 || mask![i] < 0.75)));
	const { classScores: none, labels: neither } = await inspect({});
	t.same([none, neither], [undefined, undefined]);
});

t.test('a class gate by the head keeps the likeliest defect of the image and weakens the others', async (t) => {
	const [open, gated] = [await inspect(softmax), await inspect(softmax, { classGate: 'head' })];
	t.ok(gated.mask!.every((p, i) => p <= open.mask![i] + 1e-6));
	t.ok(close(gated.score, open.score), 'the score does not depend on the gate');
	t.ok(gated.mask!.some((p, i) => p < open.mask![i] - 1e-3));
	const defects = [...open.classScores!.slice(1)];
	const likeliest = 1 + defects.indexOf(Math.max(...defects));
	const others = gated.labels!.filter((label, i) => label !== open.labels![i] && label !== 0 && label !== likeliest);
	t.equal(others.length, 0);
	await t.rejects(inspect({}, { classGate: 'head' }), { code: 'CONFIG_INVALID', message: /softmax/ });
});

t.test('a class gate by peaks leaves one kind of defect in a mask', async (t) => {
	const two = { ...softmax, classes: 3 };
	const kinds = ({ labels }: Inspected) => new Set(labels!.filter((label) => label !== 0)).size;
	const open = await inspect(two, { maskShift: 6 });
	t.equal(kinds(open), 2);
	for (const classGate of ['peak', 'both'] as const) {
		const gated = await inspect(two, { classGate, maskShift: 6 });
		t.equal(kinds(gated), 1);
		t.ok(gated.mask!.every((p, i) => p <= open.mask![i] + 1e-6));
		t.ok(close(gated.score, open.score));
	}
	await t.rejects(inspect({ score: 'none' }, { classGate: 'peak' }), { code: 'CONFIG_INVALID', message: /softmax/ });
	const maskOnly = { mask: 'softmax', score: 'none', classes: 4 };
	t.equal((await inspect(maskOnly, { classGate: 'peak' })).mask?.length, SIZE * SIZE);
	await t.rejects(inspect(maskOnly, { classGate: 'both' }), { code: 'CONFIG_INVALID', message: /score head/ });
});
