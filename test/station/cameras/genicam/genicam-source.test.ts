/** GenICam cameras through libaravis, on its own camera inside this process: no hardware, no network. */
import { readdirSync } from 'node:fs';
import t from 'tap';
import type { AndonError } from '../../../../src/base/errors.ts';
import { bindAravis } from '../../../../src/station/cameras/genicam/aravis.ts';
import { genicamOptions } from '../../../../src/station/cameras/genicam/genicam-options.ts';
import { GenicamSource } from '../../../../src/station/cameras/genicam/genicam-source.ts';
import type { LiveFrame } from '../../../../src/station/cameras/live/live-source.ts';
import { withoutAravis } from '../../../support/aravis.ts';
import { until } from '../../../support/scripted-source.ts';
import { silent } from '../../../support/test-station.ts';

const skip = withoutAravis;

function sourceWith(options: object = {}): GenicamSource {
	return new GenicamSource(genicamOptions.parse({ interface: 'Fake', fps: 200, ...options }), { log: silent });
}

/** Opened, with everything that it tells. */
async function opened(options: object = {}) {
	const source = sourceWith(options);
	const frames: LiveFrame[] = [];
	const broken: AndonError[] = [];
	const lost: AndonError[] = [];
	await source.open({
		frame: (frame) => frames.push(frame),
		broken: (why) => broken.push(why),
		lost: (why) => lost.push(why),
	});
	return { source, frames, broken, lost };
}

async function first(options: object): Promise<LiveFrame> {
	const { source, frames } = await opened(options);
	await until(() => frames.length > 0);
	await source.close();
	return frames[0];
}

async function refusal(options: object): Promise<AndonError> {
	const source = sourceWith(options);
	try {
		await source.open({ frame: () => {}, broken: () => {}, lost: () => {} });
	} catch (error) {
		return error as AndonError;
	} finally {
		await source.close();
	}
	throw new Error(`${JSON.stringify(options)} is not refused`);
}

t.test('frames come one after the other, numbered and timed by the device', { skip }, async (t) => {
	const { source, frames, broken } = await opened();
	await until(() => frames.length >= 5);
	const [{ device }] = frames;
	for (const [i, frame] of frames.slice(0, 5).entries()) {
		const { image, acquiredAt } = frame;
		t.match(image, { format: 'Mono8', width: 512, height: 512, stride: 512 });
		t.equal(frame.device?.frameId, device!.frameId! + i);
		if (i > 0) t.ok(frame.device!.timestampNs! > frames[i - 1].device!.timestampNs!);
		if (i > 0) t.ok(frame.monotonicMs > frames[i - 1].monotonicMs);
		t.ok(Math.abs(Date.parse(acquiredAt) - Date.now()) < 5000);
		// A ramp along both axes that moves on from frame to frame.
		t.equal(image.data[512 * 3 + 5], image.data[8]);
		t.equal(image.data[9], (image.data[8] + 1) % 255);
	}
	t.same(broken, []);
	await source.close();
});

t.test(
	'so many buffers go round as were asked for, and a frame that finds none is missing in the numbers',
	{ skip },
	async (t) => {
		const { source, frames } = await opened({ streamBuffers: 3 });
		await until(() => frames.length === 3);
		await new Promise((resolve) => setTimeout(resolve, 60));
		t.equal(frames.length, 3, 'none is written to while somebody looks at it');
		const [held] = frames[0].image.data;
		for (const frame of frames.splice(0)) frame.release();
		const memory = new Set<ArrayBufferLike>();
		for (let i = 0; i < 30; i++) {
			await until(() => frames.length > 0);
			const frame = frames.shift()!;
			memory.add(frame.image.data.buffer);
			if (i === 0) t.not(frame.image.data[0], held, 'a newer picture');
			frame.release();
		}
		t.equal(memory.size, 3);
		await source.close();
	},
);

t.test('what is asked of the camera is what it does', { skip }, async (t) => {
	const region = await first({ roi: { x: 4, y: 8, width: 128, height: 64 } });
	t.match(region.image, { width: 128, height: 64, stride: 128 });
	for (const format of ['Mono8', 'BayerRG8', 'BayerGB8', 'RGB8'])
		t.match((await first({ pixelFormat: format })).image, { format, stride: format === 'RGB8' ? 1536 : 512 });
	const dark = await first({ exposureUs: 1000, gain: 0 });
	const light = await first({ exposureUs: 100_000, gain: 2 });
	const sum = ({ image }: LiveFrame) => image.data.reduce((total, value) => total + value, 0);
	t.ok(sum(light) > 1.3 * sum(dark), 'more exposure and gain, more light');
	t.ok(await first({ features: { TestBoolean: true, Width: 256, TriggerSelector: 'FrameStart', GainAuto: 'Off' } }));
	t.equal((await first({ features: { Width: 256 } })).image.width, 256);
});

t.test('a setting that the camera does not take is refused, with what it takes instead', { skip }, async (t) => {
	const refusals: readonly (readonly [options: object, message: RegExp])[] = [
		[{ features: { Zoom: 3 } }, /Zoom to be a feature of the camera Fake_1, found 3: no feature of that name\./],
		[{ features: { ExposureTime: 3 } }, /found 3: no feature of that name, but ExposureTimeAbs/],
		[{ features: { Width: 1e6 } }, /Width to be a number from 1 to 2048, found 1000000/],
		[{ features: { Width: 3.5 } }, /Width to be a whole number/],
		[{ features: { Width: 'wide' } }, /Width to be a whole number/],
		[{ features: { TestBoolean: 1 } }, /TestBoolean to be `true` or `false`/],
		[{ features: { TriggerSelector: 'Never' } }, /TriggerSelector to be one of .*FrameStart/],
		[{ features: { ExposureTimeAbs: 'long' } }, /ExposureTimeAbs to be a number from/],
		[{ features: { AcquisitionStop: false } }, /AcquisitionStop to be `true`/],
		[{ pixelFormat: 'Mono7' }, /PixelFormat to be one of .*Mono8/],
		[{ pixelFormat: 'Mono16' }, /found Mono16; the camera Fake_1 offers .*BayerRG8/],
		[{ roi: { width: 4096, height: 16 } }, /Width to be a number from/],
		[{ exposureUs: 1e12 }, /exposureUs to be a number from/],
		[{ gain: 1e6 }, /gain to be a number from/],
		[{ deviceTrigger: { line: 'Line9' } }, /TriggerSource to be one of .*Software/],
		[{ ptp: true }, /the camera has none of PtpEnable, GevIEEE1588/],
	];
	for (const [options, message] of refusals) {
		const error = await refusal(options);
		t.equal(error.code, 'CONFIG_INVALID', JSON.stringify(options));
		t.match(error.message, message);
	}
	t.match(await refusal({ device: 'nobody' }), { code: 'CAMERA_UNAVAILABLE', message: /nobody, found only Fake_1/ });
});

t.test('a camera is meant by its id or its serial number, and the only one without either', { skip }, async (t) => {
	for (const device of ['Fake_1', '1', undefined]) t.ok(await first({ device }));
});

t.test('frames come by themselves unless the camera was told to wait', async (t) => {
	t.equal(sourceWith().freeRunning, true);
	t.equal(sourceWith().trigger, undefined);
	t.equal(sourceWith({ deviceTrigger: { line: 'Line1' } }).freeRunning, false);
	t.equal(sourceWith({ deviceTrigger: { line: 'Line1' } }).trigger, undefined);
	t.equal(sourceWith({ features: { TriggerMode: 'On' } }).freeRunning, false);
	const triggered = sourceWith({ deviceTrigger: 'software' });
	t.equal(triggered.freeRunning, false);
	await t.rejects(triggered.trigger!(), { code: 'CAMERA_TRIGGER_REFUSED', message: /not open/ });
});

t.test('pictures of the camera without hardware are marked as simulated', async (t) => {
	t.equal(sourceWith().simulated, true);
	t.equal(sourceWith({ interface: 'GigEVision' }).simulated, false);
});

t.test('it is closed twice, unopened, amid its opening, and what was seen stays readable', { skip }, async (t) => {
	await sourceWith().close();
	const { source, frames } = await opened();
	await until(() => frames.length > 1);
	const before = frames[0].image.data.slice();
	await Promise.all([source.close(), source.close()]);
	frames[0].release();
	t.same(frames[0].image.data, before);
	const count = frames.length;
	await new Promise((resolve) => setTimeout(resolve, 50));
	t.equal(frames.length, count, 'nothing comes any more');
	const hurried = sourceWith();
	for (let i = 0; i < 10; i++) {
		let isClosed = false;
		const opening = hurried.open({
			frame: (frame) => {
				if (isClosed) t.fail('of a camera that was closed');
				frame.release();
			},
			broken: () => {},
			lost: () => {},
		});
		if (i % 2) await new Promise((resolve) => setTimeout(resolve, i));
		const closing = hurried.close();
		isClosed = true;
		await opening.catch(({ code }) => t.equal(code, 'CAMERA_LOST'));
		await closing;
	}
	await new Promise((resolve) => setTimeout(resolve, 50));
});

t.test('opened and closed again and again it leaves nothing behind', { skip }, async (t) => {
	await cycles(10);
	const before = left();
	await cycles(100);
	const after = left();
	t.ok(after.threads <= before.threads + 2, `${before.threads} threads, then ${after.threads}`);
	t.ok(after.files <= before.files + 2, `${before.files} open files, then ${after.files}`);
	// A stream's buffers alone would make 200 MB.
	t.ok(after.memory < before.memory + 80e6, `${before.memory} bytes, then ${after.memory}`);
});

async function cycles(count: number): Promise<void> {
	for (let i = 0; i < count; i++) {
		const { source, frames } = await opened();
		await until(() => frames.length > 0);
		await source.close();
	}
}

function left() {
	const count = (folder: string) => readdirSync(`/proc/self/${folder}`).length;
	return { threads: count('task'), files: count('fd'), memory: process.memoryUsage.rss() };
}

t.test('without the library it says which package to install', async (t) => {
	t.throws(() => bindAravis(koffiWithout('libaravis-0.8.so.0: cannot open shared object file')), {
		code: 'LIBRARY_MISSING',
		message: /cannot open shared object file.*apt install libaravis-0.8-0/,
	});
});

function koffiWithout(reason: string): Parameters<typeof bindAravis>[0] {
	const load = () => {
		throw new Error(reason);
	};
	return { load } as unknown as Parameters<typeof bindAravis>[0];
}
