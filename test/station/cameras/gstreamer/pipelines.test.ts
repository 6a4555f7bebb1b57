/** What GStreamer is told, word by word: for cameras that are not here too. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { csiOptions, csiPipeline } from '../../../../src/station/cameras/csi/csi-source.ts';
import { frameTail, jetsonTail } from '../../../../src/station/cameras/gstreamer/frame-tail.ts';
import { rtspOptions, rtspWords } from '../../../../src/station/cameras/rtsp/rtsp-source.ts';
import { v4l2Options, v4l2Pipeline } from '../../../../src/station/cameras/v4l2/v4l2-source.ts';
import { withoutGstreamer } from '../../../support/gstreamer.ts';

const QUEUE = '! queue leaky=downstream max-size-buffers=4 max-size-bytes=0 max-size-time=0';
const v4l2 = (options: object, channels: 1 | 3 = 1) => v4l2Pipeline(v4l2Options.parse(options), channels).join(' ');
const csi = (options: object, channels: 1 | 3 = 1) => csiPipeline(csiOptions.parse(options), channels).join(' ');

t.test('v4l2: size, rate, format and settings of the camera', async (t) => {
	const grey = `! videoconvert ! video/x-raw,format=BGRx ! videoconvert ! video/x-raw,format=GRAY8 ${QUEUE}`;
	const size = { width: 640, height: 480, fps: 30 };
	t.equal(
		v4l2({ ...size, format: 'YUY2', controls: { auto_exposure: 1, exposure_time_absolute: 100 } }),
		`v4l2src device=/dev/video0 extra-controls=controls,auto_exposure=1,exposure_time_absolute=100 ! video/x-raw,format=YUY2,width=640,height=480,framerate=30/1 ${grey}`,
	);
	t.equal(
		v4l2({ ...size, format: 'JPEG', fps: 29.97 }, 3),
		`v4l2src device=/dev/video0 ! image/jpeg,width=640,height=480,framerate=30000/1001 ! jpegdec ! videoconvert ! video/x-raw,format=RGB ${QUEUE}`,
	);
	t.equal(v4l2({}), `v4l2src device=/dev/video0 ! video/x-raw;image/jpeg ! decodebin ${grey}`);
	t.equal(v4l2({ format: 'bayer-rggb' }), `v4l2src device=/dev/video0 ! video/x-bayer,format=rggb ${QUEUE}`);
	for (const wrong of [
		{ device: '/dev/video0 ! x' },
		{ controls: { 'a b': 1 } },
		{ controls: { a: '1' } },
		{ format: 'x' },
	])
		t.throws(() => v4l2Options.parse(wrong), { name: 'ZodError' });
});

t.test('csi: through NVIDIA’s converter, with limits of exposure and gain', async (t) => {
	t.equal(
		csi({
			exposureUs: [500, 500],
			gain: [1, 4],
			digitalGain: [1, 1],
			whiteBalance: 'daylight',
			lock: true,
			rotate: 180,
		}),
		`nvarguscamerasrc sensor-id=0 exposuretimerange="500000 500000" gainrange="1 4" ispdigitalgainrange="1 1" wbmode=5 aelock=true awblock=true ! video/x-raw(memory:NVMM),format=NV12,width=1920,height=1080,framerate=30/1 ! nvvidconv flip-method=2 ! video/x-raw,format=BGRx ! videoconvert ! video/x-raw,format=GRAY8 ${QUEUE}`,
	);
	t.match(
		csi({ sensor: 1, mode: 2 }, 3),
		/sensor-id=1 sensor-mode=2 .* nvvidconv ! video\/x-raw,format=BGRx ! videoconvert ! video\/x-raw,format=RGB/,
	);
	t.throws(() => csiOptions.parse({ gain: [4, 1] }), { name: 'ZodError' });
});

t.test('rtsp: user and password are strings, whatever is in them', async (t) => {
	const options = rtspOptions.parse({ url: 'rtsps://cam/a?b=1&c', user: 'ann', latencyMs: 50 });
	t.equal(
		rtspWords(options, options.url, 'a"b\\').join(' '),
		'rtspsrc location=rtsps://cam/a?b=1&c protocols=tcp latency=50 user-id="ann" user-pw="a\\"b\\\\" ! application/x-rtp,media=video ! decodebin',
	);
	t.equal(
		jetsonTail(1).join(' '),
		`! nvvidconv ! video/x-raw,format=BGRx ! videoconvert ! video/x-raw,format=GRAY8 ${QUEUE}`,
	);
	t.equal(frameTail(3).join(' '), `! videoconvert ! video/x-raw,format=RGB ${QUEUE}`);
});

t.test('GStreamer understands them', { skip: withoutGstreamer('v4l2src', 'jpegdec', 'decodebin') }, async (t) => {
	const options = { device: '/dev/null', width: 640, height: 480, fps: 30, controls: { exposure_time_absolute: 100 } };
	for (const format of Object.keys(v4l2Options.shape.format.unwrap().enum)) {
		const words = v4l2Pipeline(v4l2Options.parse({ ...options, format }), 3);
		const { stderr } = spawnSync('gst-launch-1.0', ['-q', ...words, '!', 'fakesink'], { encoding: 'utf8' });
		t.match(
			stderr,
			/Error getting capabilities for device '\/dev\/null'/,
			`${format}: the device is all that is missing`,
		);
	}
});
