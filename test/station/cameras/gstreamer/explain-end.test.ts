/** GStreamer's last words, captured from 1.22, and what they mean for a technician. */
import t from 'tap';
import { explainEnd } from '../../../../src/station/cameras/gstreamer/explain-end.ts';

const said = (element: string, message: string, ...detail: string[]) =>
	[
		`ERROR: from element /GstPipeline:pipeline0/${element}: ${message}`,
		'Additional debug info:',
		`../file.c(1): function (): /GstPipeline:pipeline0/${element}:`,
		...detail,
		"ERROR: pipeline doesn't want to preroll.",
		'Failed to set pipeline to PAUSED.',
		'',
	].join('\n');

const CASES: [string, string, RegExp][] = [
	[
		said('GstV4l2Src:s', "Cannot identify device '/dev/video9'.", 'system error: No such file or directory'),
		'CAMERA_UNAVAILABLE',
		/no such device/,
	],
	[
		said(
			'GstV4l2Src:s',
			"Could not open device '/dev/video0' for reading and writing.",
			'system error: Permission denied',
		),
		'CAMERA_UNAVAILABLE',
		/may not open it.*group `video`/s,
	],
	[
		said(
			'GstV4l2Src:s',
			"Device '/dev/video0' is busy",
			'Call to S_FMT failed for YUYV @ 640x480: Device or resource busy',
		),
		'CAMERA_UNAVAILABLE',
		/another program uses it/,
	],
	[
		said(
			'GstV4l2Src:s',
			"Device '/dev/video0' cannot capture at 999x999",
			'Tried to capture at 999x999, but device returned size 640x480',
		),
		'CONFIG_INVALID',
		/does not offer this size/,
	],
	[
		said('GstV4l2Src:s', 'Internal data stream error.', 'streaming stopped, reason not-negotiated (-4)'),
		'CONFIG_INVALID',
		/does not offer this size/,
	],
	[said('GstRTSPSrc:r', 'Unauthorized', 'Unauthorized (401)'), 'CAMERA_UNAVAILABLE', /refused the user/],
	[said('GstRTSPSrc:r', 'Not found', 'Not Found (404)'), 'CAMERA_UNAVAILABLE', /no such stream/],
	[
		said('GstRTSPSrc:r', 'Could not open resource for reading and writing.', 'Failed to connect. (Generic error)'),
		'CAMERA_UNAVAILABLE',
		/does not answer \(Could not open .* Failed to connect\. \(Generic error\)\)/,
	],
	[
		said('GstDecodeBin:d', 'Your GStreamer installation is missing a plug-in.', 'no suitable plugins found:'),
		'LIBRARY_MISSING',
		/no decoder.*gstreamer1\.0-libav/s,
	],
	[said('GstNvArgusCameraSrc:n', 'TIMEOUT', 'Argus Error Status'), 'CAMERA_UNAVAILABLE', /nvargus-daemon/],
	[
		'WARNING: erroneous pipeline: could not link a to b, neither element can handle caps video/x-raw',
		'CONFIG_INVALID',
		/does not offer/,
	],
	[
		said('GstFoo:f', 'Something new.', 'with a detail'),
		'CAMERA_UNAVAILABLE',
		/GStreamer gave up \(Something new\. with a detail\)/,
	],
];

t.test('every known end has a code and words', async (t) => {
	for (const [text, code, words] of CASES) {
		const error = explainEnd({ text, how: 'it ended with code 1' }, 'the camera x', false);
		t.equal(error.code, code, text);
		t.match(error.message, words);
		t.match(error.message, /the camera x/);
	}
});

t.test('what had run is lost, not unavailable, and an end without words is one too', async (t) => {
	t.match(explainEnd({ text: '' }, 'x', true), { code: 'CAMERA_LOST', message: /the stream ended/ });
	t.match(explainEnd({ text: '', how: 'it was ended by SIGKILL' }, 'x', true), {
		code: 'CAMERA_LOST',
		message: /SIGKILL/,
	});
	t.match(explainEnd({ text: CASES[0][0] }, 'x', true), { code: 'CAMERA_LOST' });
});
