/** A network camera that streams by RTSP. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AndonError, messageOf } from '../../../base/errors.ts';
import type { CameraContext } from '../camera.ts';
import { anyMemoryTail, TAIL_ELEMENTS } from '../gstreamer/frame-tail.ts';
import { GstSource } from '../gstreamer/gst-source.ts';
import { openPasswordDoor } from './password-door.ts';

const streamUrl = z
	.url({ protocol: /^rtsps?$/, error: 'expected a URL such as rtsp://camera:554/stream1' })
	.regex(
		/^[^\s"'\\!]+$/,
		'expected a URL without spaces, quotes, backslashes and exclamation marks; write them as %20 and so on',
	)
	.refine(
		(url) => !URL.canParse(url) || new URL(url).password === '',
		'expected no password in the URL; use user and passwordFile',
	);

export const rtspOptions = z.strictObject({
	url: streamUrl.meta({ description: 'Of the stream, without a password' }),
	user: z.string().min(1).max(200).optional(),
	passwordFile: z.string().min(1).optional().meta({ description: 'File with the password; nothing else in it' }),
	protocol: z.enum(['tcp', 'udp']).default('tcp').meta({ description: 'tcp loses no packets on the way' }),
	latencyMs: z
		.int()
		.min(0)
		.max(10_000)
		.default(100)
		.meta({ description: 'How long packets are waited for and sorted' }),
});

export type RtspOptions = z.infer<typeof rtspOptions>;

export class RtspSource extends GstSource {
	constructor(options: RtspOptions, { input, log }: CameraContext) {
		super(
			{
				camera: `the network camera ${new URL(options.url).host}`,
				elements: ['rtspsrc', 'decodebin', ...TAIL_ELEMENTS],
				pipeline: async () => [...(await openStream(options)), ...(await anyMemoryTail(input.channels))],
			},
			log,
		);
	}
}

async function openStream(options: RtspOptions): Promise<string[]> {
	const { url, user = '', passwordFile } = options;
	const password = await readPassword(passwordFile);
	if (password === undefined) return rtspWords(options, url);
	// What a door sends on from rtsp: to rtsps: loses its encryption.
	if (url.startsWith('rtsps:')) return rtspWords(options, url, password);
	return rtspWords({ ...options, user: undefined }, await openPasswordDoor(url, user, password));
}

/** @param password only where it cannot be kept out of the list of processes */
export function rtspWords({ user, protocol, latencyMs }: RtspOptions, location: string, password?: string): string[] {
	return [
		'rtspsrc',
		`location=${location}`,
		`protocols=${protocol}`,
		`latency=${latencyMs}`,
		...(user === undefined ? [] : [`user-id=${quoted(user)}`]),
		...(password === undefined ? [] : [`user-pw=${quoted(password)}`]),
		'!',
		'application/x-rtp,media=video',
		'!',
		'decodebin',
	];
}

async function readPassword(file: string | undefined): Promise<string | undefined> {
	if (file === undefined) return undefined;
	try {
		return (await readFile(file, 'utf8')).trimEnd();
	} catch (cause) {
		throw new AndonError(
			'FILE_UNREADABLE',
			{
				expected: `a readable file ${file}`,
				found: messageOf(cause),
				fix: 'Check `passwordFile` and its permissions.',
			},
			{ cause },
		);
	}
}

/** As `gst-launch-1.0` reads strings. */
function quoted(text: string): string {
	return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
