/** What becomes of a camera that streams when it is not there, goes away, or gives what cannot be used. */
import t from 'tap';
import { AndonError } from '../../../../src/base/errors.ts';
import { bytesOf, liveCamera, noise, ScriptedSource, until } from '../../../support/scripted-source.ts';

const facts = { expected: 'a camera', found: 'none', fix: 'Plug it in.' };
const unplugged = new AndonError('CAMERA_LOST', facts);
const absent = new AndonError('CAMERA_UNAVAILABLE', facts);

t.test(
	'frames become parts in their order, uncopied where nothing is to be converted, and their buffers go back',
	async (t) => {
		const source = new ScriptedSource();
		const { camera, next } = liveCamera(source);
		await camera.start();
		await until(() => source.isOpen);
		const frames = [1, 2, 3].map((seed) => noise(seed));
		for (const [i, image] of frames.entries()) source.frame(image, { device: { frameId: i } });
		for (const [i, image] of frames.entries()) {
			const shot = await next();
			t.equal(shot.device?.frameId, i);
			t.equal(shot.simulated, false);
			t.same(JSON.parse(JSON.stringify(shot.cursor)), shot.cursor);
			t.ok(Date.parse(shot.acquiredAt) > 0);
			const { pixels } = await shot.read();
			t.same(pixels, { width: 64, height: 64, channels: 1, data: image.data });
			t.equal(pixels.data.buffer, image.data.buffer);
			t.equal(source.held, 3 - i);
			shot.release?.();
			t.equal(source.held, 2 - i);
			shot.release?.();
			t.equal(source.held, 2 - i, 'only once');
		}
		await camera.stop();
	},
);

t.test('converted pixels free the camera’s buffer at once, and are written again when nobody needs them', async (t) => {
	const source = new ScriptedSource();
	const { camera, next } = liveCamera(source);
	await camera.start();
	await until(() => source.isOpen);
	const read = async (seed: number) => {
		source.frame({ ...noise(seed), format: 'BayerRG8' });
		const shot = await next();
		const { data } = (await shot.read()).pixels;
		t.equal(source.held, 0);
		return { shot, data };
	};
	const first = await read(1);
	const second = await read(2);
	t.not(first.data, second.data);
	const kept = second.data.slice();
	first.shot.release?.();
	t.equal((await read(3)).data, first.data);
	await read(4);
	t.same(second.data, kept, 'what is still in use never is');
	await camera.stop();
});

t.test('a camera is not closed while the model looks at its buffer', async (t) => {
	const source = new ScriptedSource();
	const { camera, next } = liveCamera(source);
	await camera.start();
	await until(() => source.isOpen);
	source.frame();
	const shot = await next();
	await shot.read();
	source.lost(unplugged);
	await new Promise((resolve) => setTimeout(resolve, 30));
	t.equal(source.closed, 0);
	shot.release?.();
	await until(() => source.closed === 1);
	await camera.stop();
});

t.test('a part that is never read gives its buffer back too, and one frame too many is a missed part', async (t) => {
	const source = new ScriptedSource();
	const { camera, next } = liveCamera(source, { frameBuffers: 2 });
	await camera.start();
	await until(() => source.isOpen);
	for (let i = 0; i < 3; i++) source.frame();
	t.equal(source.held, 2);
	const shots = [await next(), await next(), await next()];
	await t.rejects(shots[2].read(), { code: 'QUEUE_FULL' });
	t.equal(shots[2].missed, true);
	shots[0].release?.();
	t.equal(source.held, 1);
	source.frame();
	t.equal(source.held, 2, 'there is room again');
	await camera.stop();
	t.equal(source.held, 0);
});

t.test('start does not fail because the camera is not there: it says so and tries again without end', async (t) => {
	const source = new ScriptedSource();
	const configuration = new AndonError('CONFIG_INVALID', { ...facts, found: 'no feature Gian' });
	source.refusals.push(absent, configuration, new TypeError('a mistake of ours'));
	const { camera, faults, next } = liveCamera(source);
	await camera.start();
	await until(() => source.isOpen);
	t.equal(source.opened, 4);
	t.equal(source.closed, 3, 'closed after every failure');
	t.match(faults, [
		{ code: 'CAMERA_UNAVAILABLE', message: /Plug it in/ },
		{ code: 'CONFIG_INVALID', message: /no feature Gian/ },
		{ code: 'CAMERA_UNAVAILABLE', message: /a mistake of ours/ },
	]);
	source.frame();
	t.equal(faults.at(-1), undefined, 'well again once a frame comes');
	t.equal(faults.length, 4);
	t.ok(await next());
	await camera.stop();
});

t.test('a camera that goes away comes back within seconds; what waits unread is lost with it', async (t) => {
	const source = new ScriptedSource();
	const { camera, faults, next } = liveCamera(source);
	await camera.start();
	await until(() => source.isOpen);
	source.frame();
	source.frame();
	const [read, waiting] = [await next(), await next()];
	await read.read();
	source.lost(unplugged);
	read.release?.();
	await until(() => source.closed === 1);
	await t.rejects(waiting.read(), { code: 'CAMERA_LOST' });
	t.match(faults, [{ code: 'CAMERA_LOST' }]);
	await until(() => source.isOpen);
	source.frame();
	t.ok(await bytesOf(await next()));
	t.equal(faults.at(-1), undefined);
	await camera.stop();
});

t.test('silence is noticed where frames come by themselves, and only there', async (t) => {
	const free = new ScriptedSource();
	const triggered = new ScriptedSource({ freeRunning: false });
	const one = liveCamera(free, { silenceMs: 200 });
	const other = liveCamera(triggered, { silenceMs: 200 });
	await Promise.all([one.camera.start(), other.camera.start()]);
	await until(() => free.isOpen && triggered.isOpen);
	const openedAt = performance.now();
	await until(() => one.faults.length > 0);
	const noticed = performance.now() - openedAt;
	t.ok(noticed >= 190, `after ${noticed} ms`);
	t.match(one.faults[0], { code: 'CAMERA_LOST', message: /none for 0.2 s/ });
	await until(() => free.opened >= 3);
	t.equal(one.faults.length, 1, 'the same fault is told once, however often it is opened');
	t.same(other.faults, []);
	t.equal(triggered.opened, 1);
	await Promise.all([one.camera.stop(), other.camera.stop()]);
});

t.test('broken frames are missed parts where every frame is a part', async (t) => {
	const source = new ScriptedSource();
	const { camera, next } = liveCamera(source);
	await camera.start();
	await until(() => source.isOpen);
	source.broken(new AndonError('FRAME_BROKEN', facts));
	source.frame();
	const broken = await next();
	t.equal(broken.missed, true);
	await t.rejects(broken.read(), { code: 'FRAME_BROKEN' });
	t.ok(await bytesOf(await next()));
	await camera.stop();
});

t.test('an interrupted wait loses no part; it can be stopped twice and without a start', async (t) => {
	const source = new ScriptedSource();
	const { camera, next } = liveCamera(source);
	await camera.stop();
	await camera.start();
	await until(() => source.isOpen);
	await t.rejects(camera.next(AbortSignal.timeout(20)));
	await t.rejects(camera.next(AbortSignal.abort()));
	source.frame(noise(9));
	t.same(await bytesOf(await next()), noise(9).data);
	await camera.stop();
	await camera.stop();
	t.equal(source.isOpen, false);
});

t.test('stopping ends an opening that never answers', async () => {
	const source = new ScriptedSource();
	source.open = () => new Promise(() => {});
	const { camera } = liveCamera(source);
	await camera.start();
	await camera.stop();
});

t.test('while paused, free frames are no parts and triggered ones are missed', async (t) => {
	for (const freeRunning of [true, false]) {
		const source = new ScriptedSource({ freeRunning });
		const { camera, next } = liveCamera(source);
		camera.pause(true);
		await camera.start();
		await until(() => source.isOpen);
		source.frame(noise(1));
		t.equal(source.held, 0);
		camera.pause(false);
		source.frame(noise(2));
		const shot = await next();
		if (freeRunning) t.same(await bytesOf(shot), noise(2).data);
		else await t.rejects(shot.read(), { code: 'LINE_PAUSED' });
		await camera.stop();
	}
});
