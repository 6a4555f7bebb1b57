/** Whether GStreamer is here with all that a pipeline needs: what is missing is named with the package that brings it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AndonError, messageOf } from '../../../base/errors.ts';

const PACKAGES = {
	'gst-launch-1.0': 'gstreamer1.0-tools',
	core: 'libgstreamer1.0-0',
	base: 'gstreamer1.0-plugins-base',
	good: 'gstreamer1.0-plugins-good',
	bad: 'gstreamer1.0-plugins-bad',
	jetson: 'nvidia-l4t-gstreamer',
} as const;

/** Elements that pipelines here are made of, by where they come from. */
const ELEMENTS = {
	capsfilter: 'core',
	fdsink: 'core',
	queue: 'core',
	decodebin: 'base',
	videoconvert: 'base',
	videotestsrc: 'base',
	jpegdec: 'good',
	rtspsrc: 'good',
	v4l2src: 'good',
	gdppay: 'bad',
	nvarguscamerasrc: 'jetson',
	nvvidconv: 'jetson',
} as const satisfies Record<string, keyof typeof PACKAGES>;

export type Element = keyof typeof ELEMENTS;

/** Those that were found do not go away. */
let found: ReadonlySet<string> = new Set();

/** @throws LIBRARY_MISSING naming the packages to install */
export async function requireElements(elements: readonly Element[]): Promise<void> {
	if (elements.every((element) => found.has(element))) return;
	found = await listElements();
	const missing = elements.filter((element) => !found.has(element));
	if (missing.length === 0) return;
	throw absent(
		`the elements ${missing.join(', ')}`,
		missing.map((element) => ELEMENTS[element]),
	);
}

/** @throws LIBRARY_MISSING when GStreamer itself is not here */
export async function hasElement(element: Element): Promise<boolean> {
	if (found.size === 0) found = await listElements();
	return found.has(element);
}

/** All that are installed, in one go: where its cache cannot be written, every call looks through all plugins for a second. */
async function listElements(): Promise<Set<string>> {
	try {
		const options = { maxBuffer: 2 ** 24, env: { ...process.env, LC_ALL: 'C' } };
		const { stdout } = await promisify(execFile)('gst-inspect-1.0', [], options);
		// `coreelements:  queue: Queue`
		return new Set([...stdout.matchAll(/^\S+:\s+([\w-]+):/gm)].map(([, element]) => element));
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw absent('gst-launch-1.0', ['gst-launch-1.0']);
		throw broken(cause);
	}
}

function absent(what: string, from: readonly (keyof typeof PACKAGES)[]): AndonError {
	const packages = [...new Set(from.map((one) => PACKAGES[one]))].join(' ');
	const hint = from.includes('jetson') ? ' It exists on NVIDIA Jetson only.' : '';
	return new AndonError('LIBRARY_MISSING', {
		expected: `GStreamer with ${what}`,
		found: 'it is not installed',
		fix: `Install it: apt-get install ${packages}.${hint}`,
	});
}

function broken(cause: unknown): AndonError {
	return new AndonError(
		'LIBRARY_MISSING',
		{
			expected: 'GStreamer to list its elements',
			found: messageOf(cause),
			fix: 'Try `gst-inspect-1.0` as the user of the station; install GStreamer again.',
		},
		{ cause },
	);
}
