/** The bench source: one program run for every picture, whose words reach a shell. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createCamera } from '../../../../src/station/cameras/index.ts';
import { WebcamSource, webcamOptions } from '../../../../src/station/cameras/webcam/webcam-source.ts';
import { standInForFswebcam } from '../../../support/fswebcam.ts';
import { Heard } from '../../../support/gst-frames.ts';
import { silent } from '../../../support/test-station.ts';

const context = {
	id: 'cam',
	input: { width: 64, height: 64, channels: 1 as const },
	cursor: undefined,
	log: silent,
	report: () => {},
};
const sourceOf = (options: object) => new WebcamSource(webcamOptions.parse(options), context);

t.test('a picture is taken for every request, one after the other, with the settings asked for', async (t) => {
	const dir = t.testdir();
	t.teardown(await standInForFswebcam(dir));
	const source = sourceOf({ device: '/dev/null', width: 80, height: 60 });
	const heard = new Heard();
	await source.open(heard);
	t.equal(heard.pictures.length, 0, 'none without a request');
	await Promise.all([source.trigger(), source.trigger(), source.trigger()]);
	t.equal(heard.pictures.length, 3);
	t.match(heard.pictures[0], { width: 80, height: 60 });
	t.not(heard.pictures[0].data[0], heard.pictures[1].data[0], 'each is a new one');
	const calls = (await readFile(join(dir, 'bin', 'calls'), 'utf8')).trim().split('\n');
	for (const call of calls) t.match(call, /-r 80x60 .*-d \/dev\/null .*--skip 5/);
	await source.close();
	await source.close();
});

t.test('no words for the shell get into a device path', async (t) => {
	const wrong = [
		'/dev/video0;reboot',
		'/dev/$(id)',
		'/dev/video0 -x',
		'/dev/`id`',
		"/dev/'a",
		'/dev/../etc/passwd',
		'/etc/passwd',
		'',
		'/dev/',
		'/dev/a\nb',
		'/dev/a&b',
		'/dev/a|b',
	];
	for (const device of wrong)
		t.throws(() => webcamOptions.parse({ device }), { name: 'ZodError' }, JSON.stringify(device));
	t.equal(webcamOptions.parse({ device: '/dev/v4l/by-id/usb-046d_HD_Pro-video-index0' }).width, 1280);
	t.throws(() => webcamOptions.parse({ width: '640; reboot' }));
});

t.test('a picture that does not come is said, with what the program says', async (t) => {
	const dir = t.testdir();
	t.teardown(await standInForFswebcam(dir));
	const source = sourceOf({ device: '/dev/null' });
	const heard = new Heard();
	await source.open(heard);
	await writeFile(join(dir, 'bin', 'broken'), '');
	await t.rejects(source.trigger(), { code: 'FRAME_BROKEN', message: /Error opening device/ });
	t.same(heard.losses, [], 'the device is still there');
	await source.close();
});

t.test('a device that is not there, and a program that is not there, are said', async (t) => {
	const dir = t.testdir();
	const restore = await standInForFswebcam(dir);
	await t.rejects(sourceOf({ device: '/dev/video99' }).open(new Heard()), { code: 'CAMERA_UNAVAILABLE' });
	await restore();
	const path = process.env.PATH;
	process.env.PATH = '/nowhere';
	const source = sourceOf({ device: '/dev/null' });
	const words = { code: 'LIBRARY_MISSING', message: /apt-get install fswebcam/ };
	await t.rejects(source.open(new Heard()), words).finally(() => {
		process.env.PATH = path;
	});
});

t.test('it has no frames of its own, so that they cannot be a trigger', async (t) => {
	for (const trigger of [{ on: 'frame' }, { on: 'part-present' }])
		t.throws(() => createCamera('webcam', { trigger }, context), { name: 'ZodError' });
});
