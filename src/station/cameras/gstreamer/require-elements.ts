/** Whether GStreamer is here with all that a pipeline needs: what is missing is named with the package that brings it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AndonError } from '../../../base/errors.ts';

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
const found = new Set<Element>();

/** @throws LIBRARY_MISSING naming the packages to install */
export async function requireElements(elements: readonly Element[]): Promise<void> {
	const missing: Element[] = [];
	for (const element of elements) if (!(await hasElement(element))) missing.push(element);
	if (missing.length > 0)
		throw absent(
			`the elements ${missing.join(', ')}`,
			missing.map((one) => ELEMENTS[one]),
		);
}

/** @throws LIBRARY_MISSING when GStreamer itself is not here */
export async function hasElement(element: Element): Promise<boolean> {
	if (found.has(element)) return true;
	try {
		await promisify(execFile)('gst-inspect-1.0', ['--exists', element]);
		found.add(element);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw absent('gst-launch-1.0', ['gst-launch-1.0']);
		return false;
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
