/** Every image source with options that give parts, and what stands on its other side: servers, devices, somebody who asks. */
import { join } from 'node:path';
import { monotonicMs } from '../../src/base/clock.ts';
import { GigeCamera, withoutGigeCamera } from '../../src/cli/bench-gige/gige-camera.ts';
import { encodePng } from '../../src/imaging/encode-image.ts';
import type { Camera } from '../../src/station/cameras/camera.ts';
import type { SourceName } from '../../src/station/cameras/index.ts';
import { withoutAravis } from './aravis.ts';
import { FakeV4l2, withoutFakeV4l2 } from './fake-v4l2.ts';
import { standInForFswebcam } from './fswebcam.ts';
import { RtspServer, withoutGstreamer, withoutRtspServer } from './gstreamer.ts';
import { greyImage, writeImages } from './test-station.ts';

export interface CameraCase {
	/** For tap's `skip`: why it cannot be tried here. */
	readonly skip?: string | false;
	/** Files and the simulator give five parts and have ended; others go on without end. */
	readonly ends: boolean;
	readonly simulated: boolean;
	/** Of its frames; undefined where the device decides. */
	readonly size?: { readonly width: number; readonly height: number };
	/** @param dir an empty folder for it */
	open(dir: string): Promise<OpenCase>;
}

export interface OpenCase {
	readonly options: object;
	/** Asks for one part, where none comes by itself. */
	ask?(camera: Camera): void;
	/** Pulls its plug, and puts it back. */
	unplug?(): Promise<void>;
	plug?(): Promise<void>;
	close?(): Promise<void>;
}

export const COUNT = 5;

const simulator: CameraCase = {
	ends: true,
	simulated: true,
	size: { width: 64, height: 64 },
	open: async () => ({ options: { count: COUNT, seed: 3 } }),
};

const folder: CameraCase = {
	ends: true,
	simulated: false,
	size: { width: 64, height: 64 },
	open: async (dir) => ({ options: { path: await writeImages(join(dir, 'images'), COUNT) } }),
};

const videotest: CameraCase = {
	skip: withoutGstreamer('videotestsrc', 'queue'),
	ends: false,
	simulated: true,
	size: { width: 62, height: 47 },
	open: async () => ({ options: { width: 62, height: 47, fps: 50 } }),
};

const rtsp: CameraCase = {
	skip: withoutRtspServer(),
	ends: false,
	simulated: false,
	size: { width: 64, height: 48 },
	open: async () => {
		const server = await RtspServer.create();
		const [unplug, plug, close] = [() => server.kill(), () => server.start(), () => server.kill()];
		return { options: { url: server.url }, unplug, plug, close };
	},
};

/** All is real but for the driver. */
const v4l2: CameraCase = {
	skip: withoutFakeV4l2(),
	ends: false,
	simulated: false,
	size: { width: 62, height: 47 },
	open: async (dir) => {
		const camera = new FakeV4l2(dir);
		const [unplug, plug] = [async () => camera.unplug(), async () => camera.plug()];
		const options = { device: camera.device, width: 62, height: 47, fps: 50 };
		return { options, unplug, plug, close: async () => camera.remove() };
	},
};

const csi: CameraCase = {
	skip: withoutGstreamer('nvarguscamerasrc') && 'there is no CSI camera here: this is no Jetson',
	ends: false,
	simulated: false,
	size: { width: 1920, height: 1080 },
	open: async () => ({ options: {} }),
};

const http: CameraCase = {
	ends: false,
	simulated: false,
	size: { width: 40, height: 30 },
	open: async () => {
		const image = await encodePng(greyImage(120, 40, 30));
		let asked = 0;
		const ask = (camera: Camera) => {
			const id = `request-${++asked}`;
			camera.trigger!({ id, at: new Date().toISOString(), monotonicMs: monotonicMs(), image });
		};
		return { options: {}, ask };
	},
};

/** All is real but for the program that takes the picture, and the device. */
const webcam: CameraCase = {
	ends: false,
	simulated: false,
	size: { width: 80, height: 60 },
	open: async (dir) => {
		const close = await standInForFswebcam(dir);
		const trigger = { on: 'command', timeoutMs: 10_000 };
		const ask = (camera: Camera) =>
			camera.trigger!({ id: 'x', at: new Date().toISOString(), monotonicMs: monotonicMs() });
		return { options: { device: '/dev/null', width: 80, height: 60, trigger }, ask, close };
	},
};

/** Over a network of its own where that can be had, else libaravis' camera inside this process. */
const genicam: CameraCase = {
	skip: withoutAravis,
	ends: false,
	simulated: withoutGigeCamera !== false,
	size: { width: 512, height: 512 },
	open: async () => {
		if (withoutGigeCamera) return { options: { interface: 'Fake' } };
		const camera = await GigeCamera.create();
		const [unplug, plug] = [() => camera.unplug(), () => camera.plug()];
		return { options: { device: camera.address }, unplug, plug, close: async () => camera.remove() };
	},
};

export const CAMERA_CASES: Record<SourceName, CameraCase> = {
	simulator,
	folder,
	http,
	v4l2,
	csi,
	rtsp,
	genicam,
	videotest,
	webcam,
};
