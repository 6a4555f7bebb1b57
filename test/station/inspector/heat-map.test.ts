import { join } from 'node:path';
import t from 'tap';
import { createLogger } from '../../../src/base/log.ts';
import { openBundle } from '../../../src/bundle/open-bundle.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { sharp } from '../../../src/imaging/sharp.ts';
import { explainerOf } from '../../../src/pipeline/explainer-of.ts';
import { HeatMap } from '../../../src/station/inspector/heat-map.ts';
import { InspectionLoop } from '../../../src/station/inspector/inspection-loop.ts';
import type { FromInspector, Start } from '../../../src/station/inspector/messages.ts';
import { Voice } from '../../../src/station/inspector/voice.ts';
import { writeClassifierBundle } from '../../support/classifier-bundle.ts';
import { runAndon } from '../../support/run-andon.ts';
import { smallInspector } from '../../support/small-inspector.ts';

/** Grey, with a dark square whose corner is at (40, 16). */
function spotted(): Uint8Array {
	const inside = (i: number) => i % 64 >= 40 && i % 64 < 52 && Math.floor(i / 64) >= 16 && Math.floor(i / 64) < 28;
	return Uint8Array.from({ length: 64 * 64 }, (_, i) => (inside(i) ? 20 : 128));
}

/** How much redder than blue a picture is at a place. */
async function rednessAt(jpeg: Uint8Array, x: number, y: number): Promise<number> {
	const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
	const at = (y * info.width + x) * info.channels;
	return info.channels === 1 ? 0 : data[at] - data[at + 2];
}

t.test('a classifier shows where it sees a defect, from the bundle alone', async (t) => {
	const bundle = await openBundle(await writeClassifierBundle(join(t.testdir(), 'dark'), 0.5));
	const heatMap = new HeatMap(bundle);
	const heat = (await heatMap.of(spotted()))!;
	t.ok(heat[20 * 64 + 45] > 0.9 && heat[50 * 64 + 10] < 0.01);
	await heatMap.close();
	const plain = new HeatMap(await openBundle(await writeClassifierBundle(join(t.testdir(), 'plain'), 0.5, false)));
	t.equal(await plain.of(spotted()), undefined);
	await plain.close();
	t.equal(explainerOf(encodeModel(smallInspector())), undefined, 'a mask is its own heat map');
});

t.test('andon inspect --heat draws it, and refuses where there is nothing to draw', async (t) => {
	const dir = t.testdir();
	const image = join(dir, 'spot.png');
	await sharp(spotted(), { raw: { width: 64, height: 64, channels: 1 } })
		.png()
		.toFile(image);
	const bundle = await writeClassifierBundle(join(dir, 'dark'), 0.5);
	const { stdout } = await runAndon('inspect', bundle, image, '--heat', join(dir, 'heat'), '--json');
	const [{ verdict, heat }] = JSON.parse(stdout).inspections;
	t.equal(verdict, 'defect');
	const picture = await sharp(heat).toBuffer();
	t.ok((await rednessAt(picture, 45, 20)) > 80, 'hot on the spot');
	t.ok((await rednessAt(picture, 10, 50)) < 20, 'cold beside it');
	const plain = await writeClassifierBundle(join(dir, 'plain'), 0.5, false);
	t.match(await runAndon('inspect', plain, image, '--heat', dir, '--json'), { code: 1, stdout: /BUNDLE_INVALID/ });
});

/** Runs parts of the simulated line, watched; previews come at most five times a second. */
async function told(bundle: string, threshold: number): Promise<FromInspector[]> {
	const { manifestHash } = await openBundle(bundle);
	const start: Start = {
		kind: 'start',
		camera: 'cam-1',
		source: 'simulator',
		options: { seed: 5, count: 3, defectRate: 1, fps: 4 },
		cursor: undefined,
		sequence: 1,
		recipe: {
			scope: 'dark',
			...{ bundle, manifestHash, precision: 'fp32', provider: 'cpu', threads: 1 },
			operatingPoint: { threshold, method: 'fixed', precision: 'fp32' },
		},
		standBy: [],
		deadlineMs: 60_000,
		queueLimit: 8,
		keepWarmMs: 0,
		frames: { keep: 'none', oneIn: 1, frame: 'fitted', folder: '', prefix: 'test', seed: 'test' },
		paused: false,
		previews: true,
	};
	const messages: FromInspector[] = [];
	const done = Promise.withResolvers<void>();
	const voice = new Voice(async (said) => {
		messages.push(...said);
		if (said.some(({ kind }) => kind === 'ended')) done.resolve();
	});
	const loop = new InspectionLoop(start, voice, createLogger('test', 'silent'));
	const run = loop.run();
	await done.promise;
	await loop.stop();
	await run;
	return messages;
}

async function reddest(jpeg: Uint8Array): Promise<number> {
	const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
	if (info.channels === 1) return 0;
	return data.reduce((most, value, i) => (i % info.channels === 0 ? Math.max(most, value - data[i + 2]) : most), 0);
}

t.test('on the line the decision is sent before the heat is computed, and sound verdicts have none', async (t) => {
	const bundle = await writeClassifierBundle(join(t.testdir(), 'dark'), 0.5);
	const flagged = await told(bundle, 0);
	for (const [i, message] of flagged.entries())
		if (message.kind === 'preview')
			t.ok(flagged.findIndex((other) => other.kind === 'result' && other.sequence === message.sequence) < i);
	t.ok(flagged.some(({ kind }) => kind === 'preview'));
	const jpegs = (messages: FromInspector[]) =>
		messages.flatMap((message) => (message.kind === 'preview' ? [message.jpeg] : []));
	const hot = await Promise.all(jpegs(flagged).map(reddest));
	t.ok(Math.max(...hot) > 80, hot.join());
	const passed = await told(bundle, 1);
	t.ok(
		passed.every((message) => message.kind !== 'result' || (message.outcome as { verdict: string }).verdict === 'ok'),
	);
	t.ok(Math.max(...(await Promise.all(jpegs(passed).map(reddest)))) < 20, 'a part that passes is shown as it is');
});
