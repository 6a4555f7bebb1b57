import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { encodePng } from '../../src/imaging/encode-image.ts';
import { runAndon } from '../support/run-andon.ts';
import { smallImages, smallInspector } from '../support/small-inspector.ts';

interface Case {
	readonly metric: string;
	readonly ours: number;
	readonly peer: number | null;
	readonly ratio: number | null;
	readonly missing?: string;
}

/** A peer that gives the float model back. */
const PEER = 'cp "$1" "$3"';

t.test('ours and the peer are measured on the same model in one run', async (t) => {
	const { model, images, peers } = await place(t.testdir());
	const flags = ['--images', images, '--count', '3', '--runs', '3', '--peers', peers, '--python', 'sh', '--json'];
	const { code, stdout, stderr } = await runAndon('bench', 'quantization', model, ...flags);
	t.equal(code, 0, stderr);
	const { cases } = JSON.parse(stdout) as { cases: readonly Case[] };
	t.strictSame(
		cases.map(({ metric }) => metric),
		['ms', 'error of score', 'error of mask'],
	);
	const [speed, ...errors] = cases;
	t.ok(Math.abs(speed.ratio! - speed.peer! / speed.ours) < 1e-9);
	for (const { ours, peer, ratio, metric } of errors) {
		t.equal(peer, 0, `${metric}: the peer gave the float model back`);
		t.equal(ratio, 0);
		t.ok(ours > 0 && ours < 2, `${metric}: ${ours}`);
	}
});

t.test('a missing peer is said to be missing', async (t) => {
	const { model, images, peers } = await place(t.testdir());
	for (const [flags, found] of [
		[[], 'no --peers given'],
		[['--peers', images], `there is no ${join(images, 'quantize_ort.py')}`],
		[['--peers', peers, '--python', join(images, 'none')], /ENOENT/],
	] as const) {
		const all = ['--images', images, '--count', '1', '--runs', '1', ...flags, '--json'];
		const { code, stdout } = await runAndon('bench', 'quantization', model, ...all);
		t.equal(code, 0);
		for (const { ours, peer, ratio, missing } of JSON.parse(stdout).cases as readonly Case[]) {
			t.match({ peer, ratio, missing }, { peer: null, ratio: null, missing: found });
			t.type(ours, 'number');
		}
	}
});

t.test('what is neither a bundle nor a model is refused', async (t) => {
	const { code, stdout } = await runAndon('bench', 'quantization', 'nonsense', '--json');
	t.equal(code, 1);
	t.match(JSON.parse(stdout), { error: { code: 'USAGE', message: /nonsense/ } });
});

async function place(root: string) {
	const [model, images, peers] = ['net.onnx', 'images', 'peers'].map((name) => join(root, name));
	await writeFile(model, encodeModel(smallInspector()));
	await mkdir(images);
	for (const [i, data] of smallImages(6).entries())
		await writeFile(join(images, `${i}.png`), await encodePng({ width: 32, height: 32, channels: 1, data }));
	await mkdir(peers);
	await writeFile(join(peers, 'quantize_ort.py'), PEER);
	return { model, images, peers };
}
