import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import type { Camera, CameraContext, Shot } from '../../../src/station/cameras/camera.ts';
import { CAMERAS, createCamera, type SourceName } from '../../../src/station/cameras/index.ts';
import { greyImage, nameOf, silent, writeImages } from '../../support/test-station.ts';

const COUNT = 5;
const images = await writeImages(join(t.testdir(), 'images'), COUNT);

/** Each source with options that give five parts. */
const SOURCES: Record<SourceName, object> = {
	simulator: { count: COUNT, seed: 3 },
	folder: { path: images },
};

const contextOf = (cursor?: unknown): CameraContext => ({
	id: 'cam',
	input: { width: 64, height: 64, channels: 1 },
	cursor,
	log: silent,
	report: () => {},
});
const never = () => new AbortController().signal;

async function opened(source: SourceName, cursor?: unknown, options: object = {}): Promise<Camera> {
	const camera = createCamera(source, { ...SOURCES[source], ...options }, contextOf(cursor));
	await camera.start();
	return camera;
}

async function all(camera: Camera): Promise<Shot[]> {
	const shots: Shot[] = [];
	for (let shot = await camera.next(never()); shot; shot = await camera.next(never())) shots.push(shot);
	return shots;
}

t.test('every source is under this contract', async (t) => {
	t.same(Object.keys(SOURCES), Object.keys(CAMERAS));
});

for (const source of Object.keys(SOURCES) as SourceName[])
	t.test(source, async (t) => {
		t.test('delivers its parts in order, each under its own name, and then has ended', async (t) => {
			const camera = await opened(source);
			const shots = await all(camera);
			t.equal(shots.length, COUNT);
			t.equal(new Set(shots.map(({ partId }) => partId)).size, COUNT);
			t.equal(await camera.next(never()), undefined, 'stays ended');
			for (const { acquiredAt, cursor } of shots) {
				t.ok(Date.parse(acquiredAt) > 0);
				t.same(JSON.parse(JSON.stringify(cursor)), cursor, 'the cursor is plain JSON');
			}
			await camera.stop();
		});

		t.test('gives pixels of the model’s channels, the same ones every time', async (t) => {
			const read = async () => Promise.all((await all(await opened(source))).map((shot) => shot.read()));
			const [first, second] = [await read(), await read()];
			for (const [i, { pixels, mask }] of first.entries()) {
				t.equal(pixels.channels, 1);
				t.equal(pixels.data.length, pixels.width * pixels.height);
				if (mask) t.equal(mask.data.length, pixels.width * pixels.height);
				t.same(pixels, second[i].pixels);
			}
		});

		t.test('goes on after any part, in a new process too', async (t) => {
			const shots = await all(await opened(source));
			for (const [i, { cursor }] of shots.entries()) {
				const rest = await all(await opened(source, cursor));
				t.same(
					rest.map(({ partId }) => partId),
					shots.slice(i + 1).map(({ partId }) => partId),
				);
			}
		});

		t.test('begins at the beginning when the cursor is of something else', async (t) => {
			for (const cursor of [
				{ other: 1 },
				'x',
				7,
				null,
				{ seed: 99, index: 3 },
				{ path: '/elsewhere', lap: 0, name: nameOf(2) },
			])
				t.equal((await all(await opened(source, cursor))).length, COUNT);
		});

		t.test('loses no part to an interrupted wait', async (t) => {
			const camera = await opened(source, undefined, { fps: 20 });
			const names = [(await camera.next(never()))?.partId];
			await t.rejects(camera.next(AbortSignal.timeout(5)));
			await t.rejects(camera.next(AbortSignal.abort()));
			names.push(...(await all(camera)).map(({ partId }) => partId));
			t.same(
				names,
				(await all(await opened(source))).map(({ partId }) => partId),
			);
		});

		t.test('can be stopped twice, and without a start', async () => {
			const camera = createCamera(source, SOURCES[source], contextOf());
			await camera.stop();
			await camera.start();
			await camera.stop();
			await camera.stop();
		});
	});

async function refuses(t: Test, options: object, code: string) {
	await t.rejects(createCamera('folder', options, contextOf()).start(), { code });
}

t.test('a folder camera says what is wrong with its folder or list', async (t) => {
	const dir = t.testdir({ empty: {}, list: { 'split.csv': 'image,mask\na.png,\n' }, out: {} });
	await refuses(t, { path: join(dir, 'missing') }, 'CAMERA_UNAVAILABLE');
	await refuses(t, { path: join(dir, 'empty') }, 'CAMERA_UNAVAILABLE');
	await refuses(t, { path: join(dir, 'missing'), watch: true }, 'CAMERA_UNAVAILABLE');
	await refuses(t, { path: images, split: 'test' }, 'CAMERA_LIST_INVALID');
	await refuses(t, { path: join(dir, 'list') }, 'CAMERA_LIST_INVALID');
	for (const path of ['../secret.png', '/etc/secret.png', 'a/../../secret.png']) {
		await writeFile(join(dir, 'out', 'split.csv'), `image,mask,class,group,split\n${path},,ok,1,test\n`);
		await refuses(t, { path: join(dir, 'out') }, 'CAMERA_LIST_INVALID');
	}
});

t.test('a dataset list gives the parts of its split, with their truth and masks', async (t) => {
	const dir = t.testdir({
		'split.csv': 'image,mask,class,group,split\nb.png,m.png,Crack,1,test\na.png,,MT_Free,2,test\nc.png,,ok,3,train\n',
	});
	for (const name of ['a.png', 'b.png', 'c.png'])
		await writeFile(join(dir, name), await encodePng(greyImage(90, 10, 6)));
	await writeFile(join(dir, 'm.png'), await encodePng(greyImage(255, 10, 6)));
	const shots = await all(await opened('folder', undefined, { path: dir, split: 'test' }));
	t.same(
		shots.map(({ partId, truth }) => [partId, truth]),
		[
			['b.png', { defective: true, defectClass: 'Crack' }],
			['a.png', { defective: false }],
		],
	);
	t.same((await shots[0].read()).mask, { width: 10, height: 6, data: new Uint8Array(60).fill(255) });
	t.same((await shots[1].read()).mask, { width: 10, height: 6, data: new Uint8Array(60) });
	await writeFile(join(dir, 'm.png'), await encodePng(greyImage(255, 9, 6)));
	await t.rejects(shots[0].read(), { code: 'MASK_SIZE_MISMATCH' });
});

t.test('a folder in a loop begins again after the last image', async (t) => {
	const camera = await opened('folder', undefined, { loop: true });
	const names: (string | undefined)[] = [];
	for (let i = 0; i < 2 * COUNT + 1; i++) names.push((await camera.next(never()))?.partId);
	t.equal(names[COUNT], nameOf(0));
	t.equal(names[2 * COUNT], nameOf(0));
});
