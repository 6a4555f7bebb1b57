import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import type { Camera, CameraContext, CameraFault, Shot } from '../../../src/station/cameras/camera.ts';
import { CAMERAS, createCamera, type SourceName } from '../../../src/station/cameras/index.ts';
import { CAMERA_CASES, COUNT, type OpenCase } from '../../support/camera-cases.ts';
import { gstChildren } from '../../support/gstreamer.ts';
import { greyImage, nameOf, silent, writeImages } from '../../support/test-station.ts';

const images = await writeImages(join(t.testdir(), 'images'), COUNT);
const sources = Object.keys(CAMERA_CASES) as SourceName[];

interface Given {
	readonly channels?: 1 | 3;
	readonly cursor?: unknown;
	report?(fault: CameraFault | undefined): void;
}

const contextOf = ({ channels = 1, cursor, report = () => {} }: Given = {}): CameraContext => ({
	id: 'cam',
	input: { width: 64, height: 64, channels },
	cursor,
	log: silent,
	report,
});
const never = () => new AbortController().signal;
const soon = () => AbortSignal.timeout(15_000);

async function opened(source: SourceName, options: object, given: Given = {}): Promise<Camera> {
	const camera = createCamera(source, options, contextOf(given));
	await camera.start();
	return camera;
}

async function all(camera: Camera): Promise<Shot[]> {
	const shots: Shot[] = [];
	for (let shot = await camera.next(never()); shot; shot = await camera.next(never())) shots.push(shot);
	return shots;
}

/** The next part, asked for where that is needed. */
async function part(camera: Camera, { ask }: OpenCase): Promise<Shot> {
	ask?.(camera);
	const shot = (await camera.next(soon()))!;
	if (!ask || !shot.missed) return shot;
	// What is asked for before the camera is open is missed.
	await sleep(50);
	return part(camera, { options: {}, ask });
}

/** The next part of which something was seen: a camera that starts, or a busy host, may miss some. */
async function whole(camera: Camera, other: OpenCase): Promise<Shot> {
	let shot = await part(camera, other);
	while (shot.missed) shot = await part(camera, other);
	return shot;
}

t.test('every source is under this contract', async (t) => {
	t.same(Object.keys(CAMERA_CASES).sort(), Object.keys(CAMERAS).sort());
});

for (const source of sources) {
	const { skip = false, ends, simulated, size } = CAMERA_CASES[source];
	t.test(source, { skip }, async (t) => {
		const other = await CAMERA_CASES[source].open(t.testdir());
		t.teardown(() => other.close?.());
		const open = (given: Given = {}, options: object = {}) => opened(source, { ...other.options, ...options }, given);

		for (const channels of [1, 3] as const)
			t.test(`gives whole pixels in ${channels} channels, times that rise and cursors of plain JSON`, async (t) => {
				const camera = await open({ channels });
				let before = 0;
				for (let i = 0; i < COUNT; i++) {
					const shot = await whole(camera, other);
					t.ok(Date.parse(shot.acquiredAt) > 0);
					t.ok(shot.monotonicMs >= before, 'in the order of their times');
					before = shot.monotonicMs;
					t.equal(shot.simulated, simulated);
					t.same(JSON.parse(JSON.stringify(shot.cursor)), shot.cursor);
					const { pixels } = await shot.read();
					t.match(pixels, { ...size, channels });
					t.equal(pixels.data.length, pixels.width * pixels.height * channels);
					shot.release?.();
				}
				await camera.stop();
			});

		t.test('goes on after an interrupted wait', async (t) => {
			const camera = await open();
			const shot = await part(camera, other);
			shot.release?.();
			await t.rejects(camera.next(AbortSignal.abort()));
			(await part(camera, other)).release?.();
			await camera.stop();
		});

		t.test('can be stopped twice, without a start, and started again', async (t) => {
			const camera = createCamera(source, other.options, contextOf());
			await camera.stop();
			for (let i = 0; i < 2; i++) {
				await camera.start();
				(await part(camera, other)).release?.();
				await camera.stop();
				await camera.stop();
				t.same(gstChildren(), [], 'no process is left');
			}
		});

		if (ends) finite(t, open);
		else live(t, open, other);
	});
}

type Open = (given?: Given, options?: object) => Promise<Camera>;

/** What can be told of sources whose parts do not come by themselves, and come to an end. */
function finite(t: Test, open: Open): void {
	t.test('delivers its parts in order, each under its own name, and then has ended', async (t) => {
		const camera = await open();
		const shots = await all(camera);
		t.equal(camera.patient, true);
		t.equal(shots.length, COUNT);
		t.equal(new Set(shots.map(({ partId }) => partId)).size, COUNT);
		t.equal(await camera.next(never()), undefined, 'stays ended');
		await camera.stop();
	});

	t.test('gives the same pixels every time', async (t) => {
		const read = async () => Promise.all((await all(await open())).map((shot) => shot.read()));
		const [first, second] = [await read(), await read()];
		for (const [i, { pixels, mask }] of first.entries()) {
			if (mask) t.equal(mask.data.length, pixels.width * pixels.height);
			t.same(pixels, second[i].pixels);
		}
	});

	t.test('goes on after any part, in a new process too', async (t) => {
		const shots = await all(await open());
		for (const [i, { cursor }] of shots.entries()) {
			const rest = await all(await open({ cursor }));
			t.same(
				rest.map(({ partId }) => partId),
				shots.slice(i + 1).map(({ partId }) => partId),
			);
		}
	});

	t.test('begins at the beginning when the cursor is of something else', async (t) => {
		const elsewhere = { path: '/elsewhere', lap: 0, name: nameOf(2) };
		for (const cursor of [{ other: 1 }, 'x', 7, null, { seed: 99, index: 3 }, elsewhere])
			t.equal((await all(await open({ cursor }))).length, COUNT);
	});

	t.test('loses no part to an interrupted wait', async (t) => {
		const camera = await open({}, { fps: 20 });
		const names = [(await camera.next(never()))?.partId];
		await t.rejects(camera.next(AbortSignal.timeout(5)));
		await t.rejects(camera.next(AbortSignal.abort()));
		names.push(...(await all(camera)).map(({ partId }) => partId));
		t.same(
			names,
			(await all(await open())).map(({ partId }) => partId),
		);
	});
}

/** What can be told of sources that go on whatever we do. */
function live(t: Test, open: Open, other: OpenCase): void {
	t.test('its buffers go back, read or not: there are frames for as long as anybody wants', async (t) => {
		const camera = await open({}, other.ask ? {} : { frameBuffers: 2 });
		t.equal(camera.patient, false);
		for (let i = 0; i < 30; i++) {
			const shot = await part(camera, other);
			if (i % 2 === 0 && !shot.missed) await shot.read();
			shot.release?.();
		}
		const last = await whole(camera, other);
		t.ok((await last.read()).pixels.data.length > 0);
		last.release?.();
		await camera.stop();
	});

	t.test('a wait that is interrupted consumes no part', async (t) => {
		const camera = await open();
		(await part(camera, other)).release?.();
		other.ask?.(camera);
		await sleep(300);
		await t.rejects(camera.next(AbortSignal.abort()));
		const shot = await camera.next(AbortSignal.timeout(1));
		t.ok(shot, 'the part that waited is still there');
		await camera.stop();
	});

	t.test(
		'when its plug is pulled it says so, and there are frames again',
		{ skip: other.unplug ? false : 'it has no plug' },
		async (t) => {
			const faults: (CameraFault | undefined)[] = [];
			const camera = await open({ report: (fault) => faults.push(fault) });
			(await part(camera, other)).release?.();
			await other.unplug!();
			while (!faults.at(-1)) await settled(camera);
			t.match(faults.at(-1), { code: /^CAMERA_/ });
			await other.plug!();
			while (faults.at(-1)) await settled(camera);
			const shot = await whole(camera, other);
			t.ok((await shot.read()).pixels.data.length > 0);
			shot.release?.();
			await camera.stop();
		},
	);
}

/** Takes what there is, and waits a little. */
async function settled(camera: Camera): Promise<void> {
	const shot = await camera.next(AbortSignal.timeout(50)).catch(() => undefined);
	shot?.release?.();
}

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
	const shots = await all(await opened('folder', { path: dir, split: 'test' }));
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
	const camera = await opened('folder', { path: images, loop: true });
	const names: (string | undefined)[] = [];
	for (let i = 0; i < 2 * COUNT + 1; i++) names.push((await camera.next(never()))?.partId);
	t.equal(names[COUNT], nameOf(0));
	t.equal(names[2 * COUNT], nameOf(0));
});
