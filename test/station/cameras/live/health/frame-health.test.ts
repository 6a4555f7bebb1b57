/** Pictures that cannot be trusted are told, and not judged where that is wanted. */
import t from 'tap';
import { RAW_FORMATS, type RawFormat, type RawImage } from '../../../../../src/imaging/raw-image.ts';
import { lookAt } from '../../../../../src/station/cameras/live/health/frame-look.ts';
import { liveCamera, noise, raw, ScriptedSource, until } from '../../../../support/scripted-source.ts';

async function opened(health: object = {}, options: object = {}) {
	const source = new ScriptedSource();
	const live = liveCamera(source, { health, silenceMs: 60_000, ...options });
	await live.camera.start();
	await until(() => source.isOpen);
	/** The code that reading the next part fails with, or that it was read. */
	const outcome = async () => {
		const shot = await live.next();
		const said = await shot.read().then(
			() => 'read',
			({ code }) => code as string,
		);
		shot.release?.();
		return said;
	};
	return { source, ...live, outcome };
}

t.test('the same picture for every part is a frozen camera: told, and not judged', async (t) => {
	const { source, camera, outcome, faults } = await opened();
	const frame = noise(1);
	const outcomes = [];
	for (const image of [noise(0), frame, frame, frame, frame, noise(2), noise(3), noise(4)]) {
		source.frame(image);
		outcomes.push(await outcome());
	}
	t.same(outcomes, ['read', 'read', 'read', 'FRAME_SUSPECT', 'FRAME_SUSPECT', 'read', 'read', 'read']);
	t.match(faults, [{ code: 'FRAME_SUSPECT', message: /frozen/, blind: true }, undefined]);
	await camera.stop();
});

t.test('a camera that freezes is noticed also when no part comes', async (t) => {
	const { source, camera, faults } = await opened({}, { trigger: { on: 'part-present' } });
	for (let i = 0; i < 6; i++) source.frame(noise(1), { monotonicMs: 2500 * i });
	t.match(faults, [{ code: 'FRAME_SUSPECT', message: /frozen/ }]);
	for (let i = 2; i < 5; i++) source.frame(noise(i), { monotonicMs: 20_000 });
	t.equal(faults.at(-1), undefined);
	await camera.stop();
});

t.test('a dark picture is told and not judged, an over-exposed one is told', async (t) => {
	const { source, camera, outcome, faults } = await opened();
	const outcomes = [];
	for (let i = 0; i < 4; i++) {
		source.frame(noise(i, 0));
		outcomes.push(await outcome());
	}
	t.same(outcomes, ['read', 'read', 'FRAME_SUSPECT', 'FRAME_SUSPECT']);
	t.match(faults, [{ message: /lamp/, blind: true }]);
	for (let i = 0; i < 4; i++) {
		source.frame(noise(i, 248));
		outcomes.push(await outcome());
	}
	t.same(outcomes.slice(4), ['read', 'read', 'read', 'read']);
	t.match(faults, [{}, { message: /over-exposed/, blind: false }]);
	await camera.stop();
});

t.test('a picture at the limit is told once, not with every other frame', async (t) => {
	const { source, camera, faults } = await opened({}, { trigger: { on: 'command' } });
	for (let i = 0; i < 60; i++) source.frame(noise(i, i % 4 < 3 ? 248 : 100));
	t.equal(faults.length, 1);
	for (let i = 0; i < 3; i++) source.frame(noise(i));
	t.equal(faults.length, 2);
	t.equal(faults[1], undefined);
	await camera.stop();
});

t.test('each can be turned off, or made to spoil the part', async (t) => {
	const off = await opened({ dark: { action: 'off' }, frozen: { action: 'off' } });
	for (let i = 0; i < 5; i++) off.source.frame(noise(1, 0));
	for (let i = 0; i < 5; i++) t.equal(await off.outcome(), 'read');
	t.same(off.faults, []);
	await off.camera.stop();
	const strict = await opened({ overExposed: { action: 'not-inspected', frames: 1, share: 0.1 } });
	strict.source.frame(noise(1, 240, 16));
	t.equal(await strict.outcome(), 'FRAME_SUSPECT');
	await strict.camera.stop();
});

t.test('a picture that blurs is told, whatever its light and contrast', async (t) => {
	const { source, camera, faults } = await opened({}, { trigger: { on: 'command' } });
	for (let i = 0; i < 60; i++) source.frame(noise(i));
	for (let i = 0; i < 12; i++) source.frame(noise(i, 150, 40));
	t.same(faults, [], 'light and contrast are no blur');
	for (let i = 0; i < 12; i++) source.frame(blurred(noise(i, 100, 40)));
	t.match(faults, [{ code: 'FRAME_SUSPECT', message: /blurred/ }]);
	await camera.stop();
});

t.test('looking at a frame takes far less than its arrival, in every format', async (t) => {
	for (const format of RAW_FORMATS) {
		const image = emptyOf(format, 512, 512);
		for (let i = 0; i < 20; i++) lookAt(image);
		const start = performance.now();
		for (let i = 0; i < 50; i++) lookAt(image);
		const ms = (performance.now() - start) / 50;
		// A loaded machine is slow; one that converts the whole frame would be slower by far.
		t.ok(ms < 5, `${format}: ${ms.toFixed(3)} ms`);
		t.comment(`${format}: ${ms.toFixed(3)} ms at 512 × 512`);
	}
});

t.test('every format is read where its light is', async (t) => {
	for (const format of RAW_FORMATS) {
		const look = lookAt(emptyOf(format, 64, 64));
		t.ok(look.highlights <= 2, `${format}: ${look.highlights}`);
	}
	t.equal(lookAt({ ...emptyOf('Mono12', 64, 64), data: words(64 * 64, 4095) }).highlights, 255);
	t.equal(lookAt({ ...emptyOf('Mono10', 64, 64), data: words(64 * 64, 512) }).highlights, 128);
	const uyvy = emptyOf('YUV422Packed', 64, 64);
	for (let i = 0; i < uyvy.data.length; i++) uyvy.data[i] = i % 2 ? 200 : 90;
	t.equal(lookAt(uyvy).highlights, Math.floor((200 - 16) * (255 / 219)));
	t.equal(lookAt({ ...uyvy, format: 'YUV422_YUYVPacked' }).highlights, Math.floor((90 - 16) * (255 / 219)));
});

function words(count: number, level: number): Uint8Array {
	return new Uint8Array(new Uint16Array(count).fill(level).buffer);
}

const BYTES: Partial<Record<RawFormat, number>> = { Mono10: 2, Mono12: 2, Mono10Packed: 1.5, Mono12Packed: 1.5 };

function emptyOf(format: RawFormat, width: number, height: number): RawImage {
	const colour = format === 'RGB8' || format === 'BGR8' ? 3 : format.startsWith('YUV') ? 2 : 1;
	const stride = width * (BYTES[format] ?? colour);
	return { format, width, height, stride, data: new Uint8Array(stride * height * 1.5) };
}

function blurred(image: RawImage): RawImage {
	const { data, width, height } = image;
	const out = new Uint8Array(data.length);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			let sum = 0;
			let count = 0;
			for (let dy = -3; dy <= 3; dy++)
				for (let dx = -3; dx <= 3; dx++) {
					const at = (y + dy) * width + x + dx;
					if (x + dx < 0 || x + dx >= width || data[at] === undefined) continue;
					sum += data[at];
					count++;
				}
			out[y * width + x] = sum / count;
		}
	return raw(out);
}
