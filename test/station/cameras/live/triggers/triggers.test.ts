/** Which frames of a camera are parts, by each kind of trigger, and which parts have no frame. */
import t from 'tap';
import { monotonicMs } from '../../../../../src/base/clock.ts';
import { AndonError } from '../../../../../src/base/errors.ts';
import type { RawImage } from '../../../../../src/imaging/raw-image.ts';
import type { Shot } from '../../../../../src/station/cameras/camera.ts';
import { framesBetween } from '../../../../../src/station/cameras/live/triggers/frames-between.ts';
import { GpioTrigger, gpioTriggerOptions } from '../../../../../src/station/cameras/live/triggers/gpio-trigger.ts';
import type { watchEdges } from '../../../../../src/station/gpio/watch-edges.ts';
import { bytesOf, liveCamera, noise, raw, ScriptedSource, until } from '../../../../support/scripted-source.ts';
import { silent } from '../../../../support/test-station.ts';

const facts = { expected: 'a camera', found: 'none', fix: 'Plug it in.' };
const unplugged = new AndonError('CAMERA_LOST', facts);
const request = (id: string) => ({
	id,
	partId: `part-${id}`,
	at: '2026-01-02T03:04:05.000Z',
	monotonicMs: monotonicMs(),
});

async function opened(trigger: object, of: ConstructorParameters<typeof ScriptedSource>[0] = {}) {
	const source = new ScriptedSource(of);
	const live = liveCamera(source, { trigger, silenceMs: 60_000 });
	await live.camera.start();
	await until(() => source.isOpen);
	return { source, ...live };
}

const nothing = (camera: { next(signal: AbortSignal): Promise<Shot> }) => camera.next(AbortSignal.timeout(30));

t.test('frame: what the camera numbered and never arrived is a missed part', async (t) => {
	const { source, camera, next } = await opened({ on: 'frame' });
	const numbered = (frameId: number) => source.frame(undefined, { device: { frameId } });
	numbered(7);
	numbered(8);
	source.broken(new AndonError('FRAME_BROKEN', facts));
	numbered(11);
	const seen: unknown[] = [];
	for (let i = 0; i < 5; i++) {
		const shot = await next();
		seen.push(shot.device?.frameId ?? (await shot.read().catch(({ code }) => code as string)));
		t.equal(shot.missed ?? false, shot.device === undefined);
	}
	t.same(seen, [7, 8, 'FRAME_BROKEN', 'FRAME_MISSED', 11], 'of 9 and 10 one is the broken one');
	source.lost(unplugged);
	await until(() => source.opened === 2 && source.isOpen);
	numbered(900);
	t.equal((await next()).device?.frameId, 900, 'a camera that came back counts anew');
	numbered(2000);
	const reasons = [];
	for (let i = 0; i < 32; i++) reasons.push(await (await next()).read().catch(({ message }) => message as string));
	t.match(reasons.at(-1), /1068 that never arrived/, 'a long gap is told in bounded many parts, and whole');
	t.equal((await next()).device?.frameId, 2000);
	await camera.stop();
});

t.test('frame numbers go round as GigE Vision says', async (t) => {
	t.equal(framesBetween(5, 6), 0);
	t.equal(framesBetween(5, 9), 3);
	t.equal(framesBetween(65_535, 1), 0, '0 is not used');
	t.equal(framesBetween(65_534, 2), 2);
	t.equal(framesBetween(400, 1), 0, 'began anew');
	t.equal(framesBetween(2 ** 40, 2 ** 40 + 2), 1);
});

t.test('command: the first frame after the request answers it, one frame each', async (t) => {
	const { source, camera, next } = await opened({ on: 'command' });
	source.frame();
	t.equal(source.held, 0, 'frames that nobody asked for go back at once');
	const asked = request('a');
	camera.trigger!(asked);
	source.frame(noise(70), { monotonicMs: asked.monotonicMs - 1 });
	await t.rejects(nothing(camera), 'a frame from before the request does not show the part');
	camera.trigger!(request('b'));
	source.frame(noise(71));
	source.frame(noise(72));
	for (const [id, seed] of [
		['a', 71],
		['b', 72],
	] as const) {
		const shot = await next();
		t.match(shot, { trigger: id, partId: `part-${id}`, acquiredAt: asked.at });
		t.same(await bytesOf(shot), noise(seed).data);
	}
	t.throws(() => camera.trigger!({ ...request('c'), image: new Uint8Array(1) }), { code: 'CAMERA_TRIGGER_REFUSED' });
	camera.pause(true);
	t.throws(() => camera.trigger!(request('c')), { code: 'LINE_PAUSED' });
	await camera.stop();
});

t.test('command: fires the software trigger where the camera has one', async (t) => {
	const { source, camera, next } = await opened({ on: 'command' }, { freeRunning: false, softwareTrigger: true });
	camera.trigger!(request('a'));
	t.equal(source.fired, 1);
	source.frame();
	t.match(await next(), { trigger: 'a' });
	source.trigger = () => Promise.reject(new Error('feature is locked'));
	camera.trigger!(request('b'));
	await t.rejects((await next()).read(), { code: 'FRAME_MISSED', message: /feature is locked/ });
	await camera.stop();
});

t.test('command: a request that comes while the camera is being opened is fired when it is open', async (t) => {
	const source = new ScriptedSource({ freeRunning: false, softwareTrigger: true });
	const { promise: gate, resolve: open } = Promise.withResolvers<void>();
	const really = source.open.bind(source);
	source.open = (events) => gate.then(() => really(events));
	const { camera, next } = liveCamera(source, { trigger: { on: 'command' } });
	await camera.start();
	camera.trigger(request('a'));
	t.equal(source.fired, 0);
	open();
	await until(() => source.fired === 1);
	source.frame();
	t.match(await next(), { trigger: 'a', missed: undefined });
	await camera.stop();
	await camera.start();
	camera.trigger(request('b'));
	await until(() => source.fired === 2);
	await camera.stop();
});

t.test('command: no frame in time is a missed part; three in a row are told, a frame clears it', async (t) => {
	const { source, camera, next, faults } = await opened({ on: 'command', timeoutMs: 30 });
	for (const id of ['a', 'b', 'c']) {
		camera.trigger!(request(id));
		const shot = await next();
		t.match(shot, { trigger: id, missed: true });
		await t.rejects(shot.read(), { code: 'FRAME_MISSED', message: /within 30 ms/ });
	}
	t.match(faults, [{ code: 'FRAME_MISSED', message: /none for 3 triggers in a row/ }]);
	camera.trigger!(request('d'));
	source.frame();
	t.match(await next(), { trigger: 'd', missed: undefined });
	t.equal(faults.at(-1), undefined);
	await camera.stop();
});

t.test('a late frame of a triggered camera is not taken for that of the next part', async (t) => {
	const { source, camera, next } = await opened(
		{ on: 'command', timeoutMs: 60 },
		{ freeRunning: false, softwareTrigger: true },
	);
	camera.trigger!(request('a'));
	await new Promise((resolve) => setTimeout(resolve, 30));
	camera.trigger!(request('b'));
	await t.rejects((await next()).read(), { message: /within 60 ms/ });
	const b = await next();
	t.equal(b.trigger, 'b');
	await t.rejects(b.read(), { message: /which frame belongs to which trigger/ });
	camera.trigger!(request('c'));
	await t.rejects((await next()).read(), { message: /which frame belongs to which trigger/ });
	source.frame(noise(1));
	await t.rejects(nothing(camera), 'the late frame is nobody’s');
	await new Promise((resolve) => setTimeout(resolve, 60));
	camera.trigger!(request('d'));
	source.frame(noise(2));
	const d = await next();
	t.equal(d.trigger, 'd');
	t.same(await bytesOf(d), noise(2).data);
	await camera.stop();
});

t.test('command: while the camera is away, and when it goes, requests are missed parts at once', async (t) => {
	const { source, camera, next } = await opened({ on: 'command' });
	source.frame();
	camera.trigger!(request('a'));
	source.lost(unplugged);
	const lost = await next();
	t.equal(lost.trigger, 'a');
	await t.rejects(lost.read(), { code: 'CAMERA_LOST' });
	camera.trigger!(request('b'));
	await t.rejects((await next()).read(), { code: 'CAMERA_LOST' });
	await camera.stop();
});

t.test('other triggers take no requests', async (t) => {
	for (const trigger of [{ on: 'frame' }, { on: 'interval', everyMs: 1000 }, { on: 'part-present' }]) {
		const { camera } = await opened(trigger);
		t.throws(() => camera.trigger!(request('a')), { code: 'CAMERA_TRIGGER_REFUSED', message: /on: command/ });
		await camera.stop();
	}
});

t.test('interval: a part at every tick, none while paused, and a missed one when there is no frame', async (t) => {
	const { source, camera, next } = await opened({ on: 'interval', everyMs: 40, timeoutMs: 20 });
	const feed = setInterval(() => source.isOpen && source.frame(), 5);
	const times: number[] = [];
	for (let i = 0; i < 5; i++) {
		const shot = await next();
		times.push(shot.monotonicMs);
		shot.release?.();
	}
	for (let i = 1; i < times.length; i++) t.ok(Math.abs(times[i] - times[i - 1] - 40) < 0.01, 'ticks do not drift');
	clearInterval(feed);
	t.equal((await next()).missed, true);
	camera.pause(true);
	await new Promise((resolve) => setTimeout(resolve, 60));
	// What was asked for before the pause may still come; after it nothing does.
	for (let more = true; more; )
		more = await nothing(camera).then(
			() => true,
			() => false,
		);
	await t.rejects(camera.next(AbortSignal.timeout(150)));
	await camera.stop();
});

/** A bright block on an empty, noisy place, `x` pixels from the left; outside the picture it is not seen. */
function block(x: number, seed: number, sharp = true): RawImage {
	const data = noise(seed).data.slice();
	for (let row = 12; row < 52; row++)
		for (let column = Math.max(0, x); column < Math.min(64, x + 32); column++)
			data[row * 64 + column] = 190 + (sharp && (row + column) % 4 < 2 ? 40 : 0);
	return raw(data);
}

async function passages(trigger: object, positions: readonly (number | [x: number, sharp: boolean])[]) {
	const { source, camera } = await opened({ on: 'part-present', ...trigger });
	const start = monotonicMs();
	positions.forEach((position, i) => {
		const [x, sharp] = Array.isArray(position) ? position : [position, true];
		source.frame(block(x, i, sharp), { monotonicMs: start + 20 * i, device: { frameId: i } });
	});
	const taken: (number | undefined)[] = [];
	for (;;) {
		const shot = await nothing(camera).catch(() => undefined);
		if (!shot) break;
		taken.push(shot.device?.frameId);
		shot.release?.();
	}
	const { held } = source;
	await camera.stop();
	return { taken, held };
}

const away = -40;
const passage = [away, away, -24, -8, 4, 16, 28, 44, 60, away, away, away, away];

t.test('part-present: one frame of each passage, the one with the part in the middle', async (t) => {
	const { taken, held } = await passages({}, [...passage, ...passage]);
	t.same(taken, [5, 5 + passage.length]);
	t.equal(held, 0, 'the other frames went back');
});

t.test('part-present: or the first, or the sharpest', async (t) => {
	t.same((await passages({ pick: 'first' }, passage)).taken, [3]);
	const blurred = passage.map((x, i): [number, boolean] => [x, i === 6]);
	t.same((await passages({ pick: 'sharpest' }, blurred)).taken, [6]);
});

t.test('part-present: a flicker shorter than the gap does not make two parts of one', async (t) => {
	const flicker = [away, away, 4, 16, away, 16, 28, away, away, away, away, away];
	t.equal((await passages({ pick: 'first' }, flicker)).taken.length, 1);
	t.equal((await passages({ pick: 'first', minGapMs: 0 }, flicker)).taken.length, 2);
});

t.test('part-present: looks at its region only, and a part that leaves it has passed', async (t) => {
	const region = { x: 0, y: 16, width: 16, height: 32 };
	const { taken } = await passages({ region, pick: 'first' }, passage);
	t.same(taken, [2]);
	t.same((await passages({ region: { ...region, y: 54, height: 8 } }, passage)).taken, [], 'nothing passes there');
});

t.test('part-present: what stands still long enough is the empty place, so that the next part is seen', async (t) => {
	const standing = Array.from({ length: 30 }, () => 16);
	const { taken } = await passages({ pick: 'first', relearnMs: 200 }, [
		away,
		away,
		...standing,
		40,
		52,
		away,
		16,
		16,
		16,
		16,
		16,
	]);
	t.equal(taken[0], 2);
	t.ok(taken.length > 1);
	const never = await passages({ pick: 'first', relearnMs: 0 }, [
		away,
		away,
		...standing,
		away,
		away,
		away,
		away,
		away,
	]);
	t.same(never.taken, [2]);
});

t.test('part-present: what is in the view at the start does not make it deaf', async (t) => {
	const begin = [-8, 4, 16, 28, 44, 60];
	const empty = Array.from({ length: 150 }, () => away);
	const { taken } = await passages({}, [...begin, ...empty, ...passage, ...passage]);
	const late = taken.filter((at) => at! > begin.length + empty.length);
	t.same(late, [begin.length + empty.length + 5, begin.length + empty.length + passage.length + 5]);
});

t.test('part-present: a slow change of the light is no part', async (t) => {
	const { source, camera } = await opened({ on: 'part-present' });
	const start = monotonicMs();
	for (let i = 0; i < 400; i++) source.frame(noise(i, 60 + i / 5), { monotonicMs: start + 33 * i });
	await t.rejects(nothing(camera));
	t.equal(source.held, 0);
	await camera.stop();
});

t.test('part-present: a passage that the camera did not survive is no part', async (t) => {
	const { source, camera } = await opened({ on: 'part-present', pick: 'sharpest' });
	source.frame(block(away, 1));
	source.frame(block(16, 2));
	t.equal(source.held, 1, 'the best frame so far');
	source.lost(unplugged);
	await until(() => source.opened === 2 && source.isOpen);
	source.frame(block(away, 3));
	source.frame(block(away, 4));
	await t.rejects(nothing(camera));
	await camera.stop();
});

t.test(
	'gpio: an edge is a part from the moment the kernel saw it, and a line that cannot be watched is tried again',
	async (t) => {
		const missing = new AndonError('GPIO_UNAVAILABLE', facts);
		const edges: ((at: number) => void)[] = [];
		const parts: unknown[] = [];
		const faults: unknown[] = [];
		let closed = 0;
		let lost: ((error: AndonError) => void) | undefined;
		const line = {
			camera: 'cam',
			log: silent,
			freeRunning: true,
			paused: false,
			away: undefined,
			isOpen: true,
			part: (_: unknown, asked: unknown) => void parts.push(asked),
			missed: (why: AndonError) => void parts.push(why.code),
			report: (_: string, fault: AndonError | undefined) => void faults.push(fault?.code),
		};
		const watch: typeof watchEdges = async (_chip, _line, _edge, onEdge, options) => {
			if (faults.length === 0) throw missing;
			edges.push((at) => onEdge(at, edges.length));
			lost = options?.onLost;
			return { close: () => void closed++ };
		};
		const options = gpioTriggerOptions.parse({ on: 'gpio', chip: 'gpiochip0', line: 4, timeoutMs: 50 });
		const trigger = new GpioTrigger(options, line, watch);
		trigger.start();
		await until(() => edges.length === 1);
		t.same(faults, ['GPIO_UNAVAILABLE', undefined]);
		const at = monotonicMs() - 3;
		edges[0](at);
		const image = noise(1);
		trigger.frame({ image, acquiredAt: '', monotonicMs: monotonicMs(), release: () => {} });
		t.match(parts, [{ monotonicMs: at }]);
		edges[0](monotonicMs());
		await until(() => parts.length === 2);
		t.equal(parts[1], 'FRAME_MISSED');
		lost!(missing);
		t.equal(faults.at(-1), 'GPIO_UNAVAILABLE');
		await until(() => edges.length === 2);
		trigger.stop();
		trigger.stop();
		t.equal(closed, 1);
	},
);
