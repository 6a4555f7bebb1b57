/** A real RTSP server on the other side: streams, passwords, and what happens when it goes away. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Pixels } from '../../../../src/imaging/pixels.ts';
import type { CameraFault } from '../../../../src/station/cameras/camera.ts';
import { createCamera } from '../../../../src/station/cameras/index.ts';
import { RtspSource, rtspOptions } from '../../../../src/station/cameras/rtsp/rtsp-source.ts';
import { Heard } from '../../../support/gst-frames.ts';
import {
	gstChildren,
	RtspServer,
	type Served,
	withoutGstreamer,
	withoutRtspServer,
} from '../../../support/gstreamer.ts';
import { silent } from '../../../support/test-station.ts';

const skip = withoutRtspServer();
const H264 = 'x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 bitrate=4000 ! rtph264pay name=pay0 pt=96';
const withoutH264 = skip || withoutGstreamer('x264enc', 'h264parse', 'openh264dec');

const context = {
	id: 'cam',
	input: { width: 64, height: 64, channels: 3 as const },
	cursor: undefined,
	log: silent,
	report: () => {},
};
const sourceOf = (options: object) => new RtspSource(rtspOptions.parse(options), context);

async function served(t: Test, options: Partial<Served> = {}): Promise<RtspServer> {
	const server = await RtspServer.create(options);
	t.teardown(() => server.kill());
	return server;
}

/** The colours of the seven bars, a fifth from the top. */
function bars({ width, height, data }: Pixels): number[][] {
	return Array.from({ length: 7 }, (_, i) => {
		const at = 3 * (Math.floor(height / 5) * width + Math.floor(((i + 0.5) * width) / 7));
		return [...data.subarray(at, at + 3)];
	});
}

const WHITE_TO_BLUE = ['111', '110', '011', '010', '101', '100', '001'].map((bits) =>
	[...bits].map((bit) => 255 * Number(bit)),
);

function looksRight(t: Test, pixels: Pixels): void {
	const worst = Math.max(
		...bars(pixels).flatMap((bar, i) => bar.map((value, c) => Math.abs(value - WHITE_TO_BLUE[i][c]))),
	);
	t.ok(worst < 40, `bars differ by ${worst}: ${JSON.stringify(bars(pixels))}`);
}

for (const [name, encoder, withoutIt] of [
	['JPEG', undefined, skip],
	['H.264', H264, withoutH264],
] as const)
	t.test(
		`a stream of ${name} gives its picture, in its size, over TCP and over UDP`,
		{ skip: withoutIt },
		async (t) => {
			// JPEG has sizes in steps of 8 pixels there (RFC 2435).
			const size = encoder ? { width: 322, height: 242 } : { width: 320, height: 240 };
			const server = await served(t, { pattern: 'smpte100', ...size, ...(encoder ? { encoder } : {}) });
			for (const protocol of ['tcp', 'udp']) {
				const source = sourceOf({ url: server.url, protocol });
				const heard = new Heard();
				await source.open(heard);
				await heard.until(() => heard.pictures.length >= 5);
				await source.close();
				t.match(heard.pictures[4], { ...size, channels: 3 });
				looksRight(t, heard.pictures[4]);
				t.same([heard.breaks, heard.losses], [[], []], 'none is missing');
			}
		},
	);

t.test('user and password are taken to the camera as they are, and a wrong one is said', { skip }, async (t) => {
	const password = `s3 cr"et \\x! 'a' = {b}:@/?#%41é`;
	const server = await served(t, { user: 'ann', password });
	const passwordFile = join(t.testdir(), 'password');
	await writeFile(passwordFile, `${password}\n`);
	const source = sourceOf({ url: server.url, user: 'ann', passwordFile });
	const heard = new Heard();
	await source.open(heard);
	await heard.until(() => heard.pictures.length > 0);
	const [child] = gstChildren();
	const listed = await readFile(`/proc/${child}/cmdline`, 'utf8');
	t.match(listed, /rtspsrc/);
	for (const secret of [password, encodeURIComponent(password), 's3'])
		t.notOk(listed.includes(secret), 'in no process list');
	await source.close();

	await writeFile(passwordFile, 'wrong');
	const refusal = { code: 'CAMERA_UNAVAILABLE', message: /refused the user or the password/ };
	await t.rejects(source.open(heard), refusal);
	await t.rejects(sourceOf({ url: server.url }).open(heard), refusal);
	const missing = sourceOf({ url: server.url, user: 'ann', passwordFile: '/nowhere/password' });
	await t.rejects(missing.open(heard), { code: 'FILE_UNREADABLE' });
});

t.test('a camera that is not there, and a stream that it does not have, are said', { skip }, async (t) => {
	const server = await served(t);
	const none = sourceOf({ url: server.url.replace('/line', '/other') });
	await t.rejects(none.open(new Heard()), { code: 'CAMERA_UNAVAILABLE', message: /no such stream/ });
	await server.kill();
	await t.rejects(none.open(new Heard()), { code: 'CAMERA_UNAVAILABLE', message: /does not answer/ });
});

t.test('a URL with a password or with words for GStreamer is refused', async (t) => {
	const wrong = [
		'rtsp://ann:secret@cam/x',
		'http://cam/x',
		'rtsp://cam/x ! filesink',
		'rtsp://cam/"x',
		'rtsp://cam/!x',
		'cam',
	];
	for (const url of wrong) t.throws(() => rtspOptions.parse({ url }), { name: 'ZodError' }, url);
});

t.test(
	'killed in mid-stream it is lost within 2 s; afterwards there are whole pictures again',
	{ skip: withoutH264 },
	async (t) => {
		const server = await served(t, { pattern: 'smpte100', width: 1280, height: 720, fps: 30, encoder: H264 });
		const source = sourceOf({ url: server.url });
		const heard = new Heard();
		for (let round = 1; round <= 3; round++) {
			await source.open(heard);
			const before = heard.pictures.length;
			await heard.until(() => heard.pictures.length >= before + 3);
			await sleep(11 * round);
			await server.kill();
			const killedAt = performance.now();
			await heard.until(() => heard.losses.length === round);
			t.ok(performance.now() - killedAt < 2000);
			t.match(heard.losses[round - 1], { code: 'CAMERA_LOST' });
			await source.close();
			await server.start();
		}
		for (const picture of heard.pictures) looksRight(t, picture);
		t.same(gstChildren(), []);
	},
);

t.test(
	'a camera that neither answers nor hangs up is noticed by its silence, and opened again',
	{ skip },
	async (t) => {
		const server = await served(t);
		const faults: (CameraFault | undefined)[] = [];
		const report = (fault: CameraFault | undefined) => faults.push(fault);
		const camera = createCamera('rtsp', { url: server.url, silenceMs: 1000 }, { ...context, report });
		await camera.start();
		const frame = async () => (await camera.next(AbortSignal.timeout(20_000)))!;
		(await frame()).release?.();
		server.freeze();
		const frozenAt = performance.now();
		while (!faults.at(-1)) await sleep(20);
		t.ok(performance.now() - frozenAt < 3000);
		t.match(faults.at(-1), { code: 'CAMERA_LOST', message: /none for 1 s/ });
		await server.kill();
		await server.start();
		while (faults.at(-1)) await sleep(20);
		await camera.stop();
	},
);
