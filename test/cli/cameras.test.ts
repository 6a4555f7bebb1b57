/** `andon cameras`, as a technician runs it who has just plugged one in. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { decodeImage } from '../../src/imaging/decode-image.ts';
import { withoutGstreamer } from '../support/gstreamer.ts';
import { runAndon } from '../support/run-andon.ts';
import { writeImages } from '../support/test-station.ts';

const withoutTestPicture = withoutGstreamer('videotestsrc', 'queue');

async function cameras(...args: string[]) {
	const { code, stdout, stderr } = await runAndon('cameras', '--json', ...args);
	return { code, stderr, ...JSON.parse(stdout) };
}

t.test('every source says what it found, or what it needs', async (t) => {
	const { code, sources } = await cameras();
	t.equal(code, 0);
	const names = ['genicam', 'csi', 'v4l2', 'webcam', 'rtsp', 'http', 'folder', 'simulator', 'videotest'];
	t.same(sources.map(({ source }: { source: string }) => source).sort(), names.sort());
	for (const { source, cameras: found, needs, problem } of sources)
		t.ok(Array.isArray(found) && (found.length > 0 || needs || problem || !/rtsp|http|folder/.test(source)), source);
	const words = await runAndon('cameras');
	t.match(words.stdout, /^rtsp +needs its URL/m);
});

t.test('a test frame is a PNG with a line about it', { skip: withoutTestPicture }, async (t) => {
	const dir = join(t.testdir(), 'frames');
	const options = JSON.stringify({ width: 64, height: 48, fps: 25, pattern: 'smpte100' });
	const { stdout, code } = await runAndon('cameras', '--source', 'videotest', '--options', options, '--test', dir);
	t.equal(code, 0);
	t.match(
		stdout,
		/^videotest +64 × 48, colour, \d+\.\d frames\/s, brightness \d+ of 255 .*, sharpness -?\d+\.\d+, .*videotest\.png$/m,
	);
	const { width, height, data } = await decodeImage(join(dir, 'videotest.png'), { channels: 3 });
	t.same([width, height, ...data.subarray(0, 3)], [64, 48, 255, 255, 255]);
	const black = await runAndon('cameras', '--source', 'videotest', '--options', '{"pattern":"black"}');
	t.match(black.stdout, /grey, .*DARK/);
});

t.test('the cameras of a station are tried as it has them, and one that fails does not stop the others', async (t) => {
	const dir = t.testdir();
	await writeImages(join(dir, 'images'), 2);
	const list = [
		{ id: 'files', source: 'folder', path: 'images', expectSize: { width: 64, height: 64 } },
		{ id: 'gone', source: 'v4l2', device: '/dev/video99', trigger: { on: 'command' } },
		{ id: 'posted', source: 'http' },
	];
	writeFileSync(join(dir, 'station.yaml'), stringify({ station: 'line', bundle: 'bundle', cameras: list }));
	const { code, tested } = await cameras(join(dir, 'station.yaml'), '--test', join(dir, 'frames'));
	t.equal(code, 1);
	t.match(tested, [
		{ name: 'files', width: 64, height: 64, coloured: false, look: { brightness: 40 } },
		{ name: 'gone', problem: { code: /CAMERA_UNAVAILABLE|LIBRARY_MISSING/ } },
		{ name: 'posted', problem: { code: 'USAGE' } },
	]);
	t.equal(
		readFileSync(join(dir, 'frames', 'files.png'))
			.subarray(1, 4)
			.toString(),
		'PNG',
	);
});

t.test('options that are none are refused in words', async (t) => {
	const rtsp = ['cameras', '--source', 'rtsp', '--options'];
	for (const [args, words] of [
		[[...rtsp, '{'], /JSON/],
		[[...rtsp, '[]'], /JSON object/],
		[[...rtsp, '{"ul":1}'], /url: .*"ul"/s],
		[['cameras', '--options', '{}'], /--source/],
		[['cameras', '--source', 'telescope'], /telescope/],
	] as const) {
		const { code, stderr, stdout } = await runAndon(...args);
		t.not(code, 0);
		t.match(stderr + stdout, words);
	}
});
