/** Whether the cameras of a station could be opened: looked at from outside, so that a station that runs is not disturbed. */
import { access, constants } from 'node:fs/promises';
import { connect, isIP } from 'node:net';
import { AndonError, messageOf } from '../../base/errors.ts';
import { discoverGenicam } from '../cameras/genicam/discover-genicam.ts';
import { requireElements } from '../cameras/gstreamer/require-elements.ts';
import { requireFswebcam } from '../cameras/webcam/require-fswebcam.ts';
import type { CameraConfig } from '../config.ts';
import { type Finding, failure } from './finding.ts';

const PATIENCE_MS = 3000;

type Check<S> = (camera: Extract<CameraConfig, { source: S }>) => Promise<string>;

/** What was found, in words. @throws what is wrong */
const CHECKS: { readonly [S in CameraConfig['source']]: Check<S> } = {
	simulator: async () => 'needs nothing',
	http: async () => 'waits for images that are posted',
	videotest: () => gstreamer(['videotestsrc']),
	folder: async ({ path }) => {
		await access(path, constants.R_OK);
		return `${path} can be read`;
	},
	v4l2: async ({ device }) => {
		await access(device, constants.R_OK | constants.W_OK);
		return `${device} is there, and ${await gstreamer(['v4l2src', 'videoconvert'])}`;
	},
	csi: () => gstreamer(['nvarguscamerasrc', 'nvvidconv']),
	rtsp: async ({ url, passwordFile }) => {
		if (passwordFile !== undefined) await access(passwordFile, constants.R_OK);
		const words = await gstreamer(['rtspsrc', 'decodebin', 'videoconvert']);
		return `${await reach(new URL(url))} answers, and ${words}`;
	},
	genicam: ({ device, interface: kind }) => lookForGenicam(device, kind),
	webcam: async ({ device }) => {
		await access(device, constants.R_OK | constants.W_OK);
		await requireFswebcam();
		return `${device} is there, and fswebcam is installed`;
	},
};

export async function checkCameras(cameras: readonly CameraConfig[]): Promise<Finding[]> {
	return Promise.all(cameras.map(checkOne));
}

async function checkOne(camera: CameraConfig): Promise<Finding> {
	const name = `camera ${camera.id}`;
	try {
		const check = CHECKS[camera.source] as Check<CameraConfig['source']>;
		return { name, status: 'ok', found: `${camera.source}: ${await check(camera)}` };
	} catch (error) {
		if (error instanceof AndonError) return failure(name, error);
		const fix = 'Check its cable and the options of the camera; `andon cameras` lists what is connected.';
		return { name, status: 'fail', found: messageOf(error), expected: `a camera of source ${camera.source}`, fix };
	}
}

async function lookForGenicam(device: string | undefined, kind: string | undefined): Promise<string> {
	if (kind === 'Fake') return 'needs no camera';
	const found = await discoverGenicam();
	const fits = found.filter(({ id, serial, address }) => !device || [id, serial, address].includes(device));
	if (fits.length > 0) return fits.map(({ id, name }) => `${id} (${name})`).join(', ');
	// In another subnet no camera answers to a search, and yet it can be opened.
	if (device !== undefined && isIP(device)) return `${device} is opened by its address; it was not looked for`;
	throw notThere(
		device,
		found.map(({ id }) => id),
	);
}

async function gstreamer(elements: Parameters<typeof requireElements>[0]): Promise<string> {
	await requireElements(['gdppay', ...elements]);
	return 'GStreamer has what it needs';
}

/** Its port only: a password is not tried. */
function reach({ hostname, port, protocol, host }: URL): Promise<string> {
	const socket = connect({ host: hostname, port: Number(port) || (protocol === 'rtsps:' ? 322 : 554) });
	socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`${host} does not answer`)));
	return new Promise<string>((resolve, reject) => {
		socket.once('connect', () => resolve(host));
		socket.once('error', reject);
	}).finally(() => socket.destroy());
}

function notThere(device: string | undefined, found: readonly string[]): AndonError {
	return new AndonError('CAMERA_UNAVAILABLE', {
		expected: `the camera ${device ?? 'of the station'}`,
		found: found.length > 0 ? found.join(', ') : 'no GenICam camera',
		fix: 'Check cable, power and network; a camera in another subnet is not found.',
	});
}
