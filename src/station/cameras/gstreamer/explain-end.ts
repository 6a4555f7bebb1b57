/** What GStreamer said when it ended, in a technician's words. */
import type { ErrorCode } from '../../../base/error-codes.ts';
import { AndonError } from '../../../base/errors.ts';
import type { GstEnd } from './gst-child.ts';

interface Meaning {
	readonly pattern: RegExp;
	readonly found: string;
	readonly fix: string;
	/** Where it is not the camera itself. */
	readonly code?: ErrorCode;
}

/** The first that fits. */
const MEANINGS: readonly Meaning[] = [
	{
		pattern: /Permission denied/,
		found: 'this user may not open it',
		fix: 'Add the user that the station runs as to the group `video`, and start it again.',
	},
	{
		pattern: /resource busy|is busy|already in use/i,
		found: 'another program uses it',
		fix: 'End the other program (`fuser -v /dev/video*` names it).',
	},
	{
		pattern: /isn't a device|isn't a v4l2 driver|not a capture device/i,
		found: 'it is no video camera',
		fix: 'Correct `device`; `andon cameras` lists what is connected.',
	},
	{
		pattern: /system error: No such file|Cannot identify device|No such device|Invalid camera device/,
		found: 'there is no such device',
		fix: 'Check its cable and power, and the configured device; `andon cameras` lists what is connected.',
	},
	{
		pattern: /Unauthorized|Forbidden/,
		found: 'it refused the user or the password',
		fix: 'Correct `user` and the content of `passwordFile`.',
	},
	{
		pattern: /Not Found \(404\)|Bad Request/,
		found: 'it has no such stream',
		fix: 'Correct the path in `url`; the manual of the camera names it.',
	},
	{
		pattern: /Failed to connect|Could not resolve|Timeout while|Could not open resource for reading and writing/,
		found: 'it does not answer',
		fix: 'Check its cable, power and network, and host and port in `url`.',
	},
	{
		pattern: /missing a plug-in|no (suitable )?decoder/i,
		found: 'there is no decoder for its stream',
		fix: 'Install one: apt-get install gstreamer1.0-libav; or let the camera send H.264 or JPEG.',
		code: 'LIBRARY_MISSING',
	},
	{
		pattern: /CaptureSession|Argus|NvBufSurface/,
		found: 'the camera service of the Jetson gives no images',
		fix: 'Check the ribbon cable and `sensor`; then: systemctl restart nvargus-daemon.',
	},
	{
		pattern: /not-negotiated|can handle caps|could not link|No supported formats|cannot (capture|operate) at/i,
		found: 'it does not offer this size, rate and format',
		fix: 'Change `width`, `height`, `fps` or `format` (for V4L2, `v4l2-ctl --list-formats-ext` lists what it offers).',
		code: 'CONFIG_INVALID',
	},
	{
		pattern: /could not set property|no property/,
		found: 'an option is not understood',
		fix: 'Correct the option; GStreamer here may be too old for it.',
		code: 'CONFIG_INVALID',
	},
];

/** @param running whether frames could come by then: it is lost, not unavailable */
export function explainEnd({ text, how }: GstEnd, camera: string, running: boolean): AndonError {
	const meaning = MEANINGS.find(({ pattern }) => pattern.test(text));
	const said = saidIn(text)?.replaceAll(/\/\/[^/@\s]*@/g, '//') ?? how;
	const words = meaning?.found ?? (said ? 'GStreamer gave up' : 'the stream ended');
	return new AndonError(meaning?.code ?? (running ? 'CAMERA_LOST' : 'CAMERA_UNAVAILABLE'), {
		expected: running ? `${camera} to go on` : `${camera} to deliver images`,
		found: said ? `${words} (${said})` : words,
		fix: meaning?.fix ?? 'Check its cable and power; it is opened again without end.',
	});
}

/** The first error, and the last line of what GStreamer adds to it. */
function saidIn(text: string): string | undefined {
	const first = /^(?:ERROR: from element \S+:|WARNING: erroneous pipeline:) (.*)$/m.exec(text);
	if (!first) return text.trim().split('\n').at(-1)?.slice(0, 200) || undefined;
	const rest = text
		.slice(first.index + first[0].length)
		.split('\n')
		.slice(1);
	const end = rest.findIndex((line) => /^(ERROR|WARNING|Failed to set pipeline)\b/.test(line));
	const detail = rest
		.slice(0, end < 0 ? undefined : end)
		.at(-1)
		?.trim();
	return detail && detail !== first[1] ? `${first[1]} ${detail}` : first[1];
}
