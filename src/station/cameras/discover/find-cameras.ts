/** What is connected, source by source; a source that cannot look says what it lacks, and one that cannot be looked for what it needs. */
import { AndonError, messageOf } from '../../../base/errors.ts';
import type { FoundCamera } from '../found-camera.ts';
import { discoverGenicam } from '../genicam/discover-genicam.ts';
import { requireElements } from '../gstreamer/require-elements.ts';
import type { SourceName } from '../index.ts';
import { requireFswebcam } from '../webcam/require-fswebcam.ts';
import { type VideoDevice, videoDevices } from './video-devices.ts';

export interface Findings {
	readonly source: SourceName;
	readonly cameras: readonly FoundCamera[];
	/** What it needs to be named, where it cannot be looked for. */
	readonly needs?: string;
	/** Why it could not be looked, or why what was found cannot be used. */
	readonly problem?: { readonly code: string; readonly message: string };
}

type Found = Omit<Findings, 'source'>;

const SOURCES: Record<SourceName, () => Promise<Found>> = {
	genicam: async () => ({ cameras: await discoverGenicam() }),
	csi: async () => usable(await csiSensors(), () => requireElements(['nvarguscamerasrc', 'nvvidconv'])),
	v4l2: async () => usable(await v4l2Cameras(), () => requireElements(['v4l2src', 'gdppay', 'videoconvert'])),
	webcam: async () => usable(await webcams(), requireFswebcam),
	rtsp: async () => named('its URL: --source rtsp --options \'{"url":"rtsp://camera/stream"}\''),
	http: async () => named('images that are posted to the running station'),
	folder: async () => named('a folder: --source folder --options \'{"path":"images"}\''),
	simulator: async () => named('nothing: --source simulator'),
	videotest: async () => named('GStreamer: --source videotest gives its test pictures'),
};

/** @param only one source; all of them if absent */
export async function findCameras(only?: SourceName): Promise<Findings[]> {
	const names = only ? [only] : (Object.keys(SOURCES) as SourceName[]);
	return Promise.all(names.map(async (source) => ({ source, ...(await lookFor(source)) })));
}

async function lookFor(source: SourceName): Promise<Found> {
	try {
		return await SOURCES[source]();
	} catch (error) {
		return { cameras: [], problem: problemOf(error) };
	}
}

function named(needs: string): Found {
	return { cameras: [], needs };
}

/** What is missing matters only where there is a camera. */
async function usable(cameras: readonly FoundCamera[], require: () => Promise<void>): Promise<Found> {
	if (cameras.length === 0) return { cameras };
	return require().then(
		() => ({ cameras }),
		(error) => ({ cameras, problem: problemOf(error) }),
	);
}

async function csiSensors(): Promise<FoundCamera[]> {
	const sensors = (await videoDevices()).filter(({ isCsi }) => isCsi);
	return sensors.map(({ name, path }, sensor) => ({
		source: 'csi',
		id: String(sensor),
		name: name.replace(/^vi-output,\s*/, ''),
		address: path,
		options: { sensor },
	}));
}

async function v4l2Cameras(): Promise<FoundCamera[]> {
	return (await otherDevices()).map((device) => foundAs('v4l2', device));
}

async function webcams(): Promise<FoundCamera[]> {
	return (await otherDevices()).map((device) => foundAs('webcam', device));
}

async function otherDevices(): Promise<VideoDevice[]> {
	return (await videoDevices()).filter(({ isCsi }) => !isCsi);
}

function foundAs(source: 'v4l2' | 'webcam', { path, name, stablePath }: VideoDevice): FoundCamera {
	return { source, id: path, name, address: path, options: { device: stablePath ?? path } };
}

function problemOf(error: unknown): { code: string; message: string } {
	return error instanceof AndonError
		? { code: error.code, message: error.message }
		: { code: 'INTERNAL', message: messageOf(error) };
}
