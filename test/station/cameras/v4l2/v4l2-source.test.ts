/** GStreamer's real v4l2src on a camera whose driver is ours: what it sends, loses and refuses. */
import t, { type Test } from 'tap';
import { V4l2Source, v4l2Options } from '../../../../src/station/cameras/v4l2/v4l2-source.ts';
import { FakeV4l2, strangeness, withoutFakeV4l2 } from '../../../support/fake-v4l2.ts';
import { Heard } from '../../../support/gst-frames.ts';
import { silent } from '../../../support/test-station.ts';

const skip = withoutFakeV4l2();
const context = {
	id: 'cam',
	input: { width: 64, height: 64, channels: 1 as const },
	cursor: undefined,
	log: silent,
	report: () => {},
};

function plugged(t: Test): FakeV4l2 {
	const camera = new FakeV4l2(t.testdir());
	t.teardown(() => camera.remove());
	return camera;
}

const sourceOf = ({ device }: FakeV4l2, options: object) =>
	new V4l2Source(v4l2Options.parse({ device, ...options }), context);

t.test(
	'pictures come as the driver made them, whatever their size and the padding of their rows',
	{ skip },
	async (t) => {
		const camera = plugged(t);
		for (const [options, size] of [
			[
				{ width: 62, height: 47, fps: 50, format: 'GRAY8' },
				{ width: 62, height: 47 },
			],
			[
				{ width: 64, height: 48, fps: 50, format: 'GRAY8' },
				{ width: 64, height: 48 },
			],
			[
				{ width: 62, fps: 10 },
				{ width: 62, height: 47 },
			],
			[
				{ width: 62, height: 47, fps: 50, format: 'YUY2' },
				{ width: 62, height: 47 },
			],
		] as const) {
			const source = sourceOf(camera, options);
			const heard = new Heard();
			await source.open(heard);
			await heard.until(() => heard.pictures.length >= 5);
			await source.close();
			for (const picture of heard.pictures) {
				t.match(picture, size);
				// Through colours, and from the levels of video, greys are rounded.
				t.ok(
					strangeness(picture) <= ('format' in options && options.format === 'GRAY8' ? 0 : 4),
					JSON.stringify(options),
				);
			}
		}
	},
);

t.test('frames that the driver lost are missed ones, every single one', { skip }, async (t) => {
	const camera = plugged(t);
	const source = sourceOf(camera, { width: 64, height: 48, fps: 50, format: 'GRAY8' });
	const heard = new Heard();
	await source.open(heard);
	await heard.until(() => heard.frames.length >= 5);
	const before = heard.breaks.length;
	await camera.now('lose');
	await heard.until(() => heard.breaks.length >= before + 3);
	await source.close();
	t.match(heard.breaks.at(-1), { code: 'FRAME_BROKEN', message: /missing in a row/ });
	const numbers = heard.frames.map(({ device }) => device!.frameId!);
	t.equal(numbers.at(-1)! - numbers[0] + 1 - numbers.length, heard.breaks.length, 'numbers and what was told agree');
});

t.test('unplugged in mid-stream it is lost; plugged in again there are whole pictures', { skip }, async (t) => {
	const camera = plugged(t);
	const source = sourceOf(camera, { width: 62, height: 47, fps: 50 });
	const heard = new Heard();
	await source.open(heard);
	await heard.until(() => heard.frames.length >= 3);
	camera.unplug();
	const at = performance.now();
	await heard.until(() => heard.losses.length === 1);
	t.ok(performance.now() - at < 2000);
	t.match(heard.losses[0], { code: 'CAMERA_LOST', message: /the camera \/dev\/full/ });
	await t.rejects(source.open(heard), { code: 'CAMERA_UNAVAILABLE' });
	camera.plug();
	const before = heard.frames.length;
	await source.open(heard);
	await heard.until(() => heard.frames.length >= before + 3);
	await source.close();
	for (const picture of heard.pictures) t.ok(strangeness(picture) <= 4);
});

t.test('a size, a rate and a format that it does not offer are refused as such', { skip }, async (t) => {
	const camera = plugged(t);
	for (const options of [{ width: 640, height: 480 }, { fps: 25 }, { format: 'NV12' }, { format: 'JPEG' }]) {
		const words = { code: 'CONFIG_INVALID', message: /does not offer this size, rate and format/ };
		await t.rejects(sourceOf(camera, options).open(new Heard()), words, JSON.stringify(options));
	}
});

t.test('settings reach the camera', { skip }, async (t) => {
	const camera = plugged(t);
	const source = sourceOf(camera, { controls: { exposure_time_absolute: 250 } });
	await source.open(new Heard());
	await source.close();
	t.equal(camera.exposure, 250);
});
