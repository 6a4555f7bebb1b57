/** Real GStreamer: what is negotiated is read back, frames come whole or are reported, and no process is left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { GstSource } from '../../../../src/station/cameras/gstreamer/gst-source.ts';
import { V4l2Source, v4l2Options } from '../../../../src/station/cameras/v4l2/v4l2-source.ts';
import { VideotestSource, videotestOptions } from '../../../../src/station/cameras/videotest/videotest-source.ts';
import { Heard, picturesOf } from '../../../support/gst-frames.ts';
import { gstChildren, withoutGstreamer } from '../../../support/gstreamer.ts';
import { silent } from '../../../support/test-station.ts';

const skip = withoutGstreamer('videotestsrc', 'v4l2src', 'queue');
const contextOf = (channels: 1 | 3) => ({
	id: 'cam',
	input: { width: 64, height: 64, channels },
	cursor: undefined,
	log: silent,
	report: () => {},
});

function testPicture(options: object, channels: 1 | 3 = 3): VideotestSource {
	return new VideotestSource(videotestOptions.parse({ pattern: 'gradient', fps: 50, ...options }), contextOf(channels));
}

function rawSource(pipeline: readonly string[]): GstSource {
	return new GstSource({ camera: 'the camera', elements: [], pipeline: async () => pipeline }, silent);
}

t.test('every format gives the same picture, with padded rows, odd widths and odd heights', { skip }, async (t) => {
	const tall = { width: 322, height: 241 };
	const odd = { width: 33, height: 17 };
	for (const size of [tall, odd]) {
		const [expected] = await picturesOf(testPicture(size), 1);
		t.match(expected, { ...size, channels: 3 });
		// Pairs of pixels share a colour in YUY2 and UYVY: the last one of an odd row has none from GStreamer.
		const pairs = size === tall ? ['YUY2', 'UYVY', 'bayer-rggb', 'bayer-gbrg'] : [];
		for (const format of ['NV12', 'I420', 'BGR', ...pairs]) {
			const [picture] = await picturesOf(testPicture({ ...size, format }), 1);
			const worst = picture.data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.data[i])), 0);
			t.equal(picture.data.length, expected.data.length);
			t.ok(worst <= 2, `${format} of ${size.width} × ${size.height} differs by ${worst}`);
		}
	}
});

t.test('frames come in the channels of the model, numbered, with times that rise', { skip }, async (t) => {
	const source = testPicture({ width: 30, height: 20 }, 1);
	const heard = new Heard();
	await source.open(heard);
	await heard.until(() => heard.frames.length >= 5);
	await source.close();
	for (const [i, { monotonicMs, device, acquiredAt }] of heard.frames.entries()) {
		t.ok(Date.parse(acquiredAt) > 0);
		t.equal(device?.frameId, i);
		if (i === 0) continue;
		const before = heard.frames[i - 1];
		t.ok(monotonicMs > before.monotonicMs);
		t.ok(device!.timestampNs! > before.device!.timestampNs!);
	}
	t.same([heard.breaks, heard.losses], [[], []]);
});

t.test(
	'a reader that is busy for a while hears which frames it did not get, and the others keep their time',
	{ skip },
	async (t) => {
		const source = testPicture({ width: 640, height: 480, fps: 100 });
		const heard = new Heard();
		await source.open(heard);
		await heard.until(() => heard.frames.length >= 3);
		const busyUntil = performance.now() + 400;
		while (performance.now() < busyUntil);
		const [last] = heard.frames.slice(-1);
		await heard.until(() => heard.frames.length >= 40);
		await source.close();
		t.ok(heard.breaks.length >= 10, `${heard.breaks.length} frames are missing`);
		t.match(heard.breaks[0], { code: 'FRAME_BROKEN', message: /missing in a row/ });
		const numbers = heard.frames.map(({ device }) => device!.frameId!);
		t.equal(numbers.at(-1)! + 1 - heard.frames.length, heard.breaks.length, 'every one of them is told');
		const next = heard.frames[numbers.indexOf(last.device!.frameId!) + 1];
		t.ok(next.monotonicMs - last.monotonicMs < 200, 'what waited was not taken later for that');
	},
);

t.test(
	'killed in the middle of a frame, it says so; no picture is shifted, and there are frames again',
	{ skip },
	async (t) => {
		// So large that it is hardly ever between two frames.
		const source = testPicture({ width: 2000, height: 1500, format: 'RGB' });
		const heard = new Heard();
		for (let round = 1; round <= 5; round++) {
			const before = heard.pictures.length;
			await source.open(heard);
			await heard.until(() => heard.pictures.length >= before + 2);
			await sleep(7 * round);
			for (const pid of gstChildren()) process.kill(pid, 'SIGKILL');
			await heard.until(() => heard.losses.length === round);
			t.match(heard.losses[round - 1], { code: 'CAMERA_LOST', message: /SIGKILL/ });
		}
		await source.close();
		t.ok(heard.breaks.length >= 1, `${heard.breaks.length} of 5 times in the middle of a frame`);
		for (const reason of heard.breaks)
			t.match(reason, { code: 'FRAME_BROKEN', message: /of 9000000 bytes, then it ended/ });
		const [first, ...others] = heard.pictures.map(({ data }) => Buffer.from(data));
		t.ok(
			others.every((picture) => picture.equals(first)),
			'every picture is whole and in its place',
		);
	},
);

t.test('an end of the stream is a loss, and what was negotiated may change on the way', { skip }, async (t) => {
	const source = rawSource(['videotestsrc', 'num-buffers=3', '!', 'video/x-raw,format=RGB,width=20,height=10']);
	const heard = new Heard();
	await source.open(heard);
	await heard.until(() => heard.losses.length === 1);
	t.equal(heard.pictures.length, 3);
	t.match(heard.losses[0], { code: 'CAMERA_LOST', message: /the stream ended/ });
	await source.close();
});

t.test('what cannot be opened is refused in words that say what to do', { skip }, async (t) => {
	const v4l2 = (options: object) => new V4l2Source(v4l2Options.parse(options), contextOf(1));
	const refused: [GstSource, { code: string; message: RegExp }][] = [
		[v4l2({ device: '/dev/video99' }), { code: 'CAMERA_UNAVAILABLE', message: /no such device .*\/dev\/video99/ }],
		[v4l2({ device: '/dev/null' }), { code: 'CAMERA_UNAVAILABLE', message: /no video camera/ }],
		[rawSource(['videotestsrc', 'colour=red']), { code: 'CONFIG_INVALID', message: /an option is not understood/ }],
		[
			rawSource(['videotestsrc', '!', 'video/x-raw,format=Y42B']),
			{ code: 'CONFIG_INVALID', message: /format=\(string\)Y42B/ },
		],
		[
			rawSource(['fakesrc', '!', 'audio/x-raw', '!', 'videoconvert']),
			{ code: 'CONFIG_INVALID', message: /size, rate and format/ },
		],
	];
	for (const [source, words] of refused) {
		const heard = new Heard();
		await t.rejects(source.open(heard), words);
		await source.close();
		t.same([heard.breaks, heard.losses], [[], []], 'who was refused hears of no loss');
	}
});

t.test('frames of another size than was negotiated are broken, none is shown', { skip }, async (t) => {
	const lie = ['capssetter', 'caps=video/x-raw,format=GRAY8,width=24,height=20', 'replace=true', 'join=false'];
	const source = rawSource([
		'videotestsrc',
		'num-buffers=3',
		'!',
		'video/x-raw,format=GRAY8,width=20,height=20',
		'!',
		...lie,
	]);
	const heard = new Heard();
	await source.open(heard);
	await heard.until(() => heard.losses.length === 1);
	t.equal(heard.pictures.length, 0);
	t.equal(heard.breaks.length, 3);
	t.match(heard.breaks[0], { code: 'FRAME_BROKEN', message: /480 bytes.*400/ });
	await source.close();
});

t.test('closing ends the process, whenever it comes, and nothing is told after it', { skip }, async (t) => {
	const source = testPicture({});
	await source.close();
	const heard = new Heard();
	const opening = source.open(heard);
	await source.close();
	await t.rejects(opening, { code: 'CAMERA_UNAVAILABLE' });
	await source.open(heard);
	await heard.until(() => heard.frames.length > 0);
	t.equal(gstChildren().length, 1);
	await source.close();
	await source.close();
	t.same(gstChildren(), []);
	const told = heard.frames.length;
	await sleep(50);
	t.equal(heard.frames.length, told);
	t.same(heard.losses, []);
});

t.test('without GStreamer the package to install is named', async (t) => {
	const path = process.env.PATH;
	process.env.PATH = '/nowhere';
	t.teardown(() => {
		process.env.PATH = path;
	});
	const source = new GstSource({ camera: 'x', elements: ['nvarguscamerasrc'], pipeline: async () => [] }, silent);
	await t.rejects(source.open(new Heard()), {
		code: 'LIBRARY_MISSING',
		message: /apt-get install gstreamer1\.0-tools/,
	});
});

t.test('an element that is missing is named with its package', { skip }, async (t) => {
	const source = new GstSource({ camera: 'x', elements: ['nvarguscamerasrc'], pipeline: async () => [] }, silent);
	const words = { code: 'LIBRARY_MISSING', message: /nvarguscamerasrc.*nvidia-l4t-gstreamer/s };
	await t.rejects(source.open(new Heard()), words);
});

t.test(
	'the process ends with the one that started it, even when that is killed and no frame comes',
	{ skip },
	async (t) => {
		const script = fileURLToPath(new URL('../../../support/open-silent-camera.ts', import.meta.url));
		const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
		const [said] = await once(parent.stdout, 'data');
		const pid = Number(String(said));
		t.ok(alive(pid));
		parent.kill('SIGKILL');
		await once(parent, 'exit');
		for (let i = 0; i < 100 && alive(pid); i++) await sleep(20);
		t.notOk(alive(pid));
	},
);

function alive(pid: number): boolean {
	try {
		return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}
