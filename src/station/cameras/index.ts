/** The table of image sources: name → options and constructor. */
import type { z } from 'zod';
import type { Camera, CameraContext } from './camera.ts';
import { CsiSource, csiOptions } from './csi/csi-source.ts';
import { FolderCamera, folderOptions } from './folder/folder-camera.ts';
import { genicamOptions } from './genicam/genicam-options.ts';
import { GenicamSource } from './genicam/genicam-source.ts';
import { HttpCamera, httpOptions } from './http/http-camera.ts';
import { LiveCamera } from './live/live-camera.ts';
import { liveKeys } from './live/live-options.ts';
import { askedTriggerSchema } from './live/triggers/index.ts';
import { RtspSource, rtspOptions } from './rtsp/rtsp-source.ts';
import { SimulatorCamera, simulatorOptions } from './simulator/simulator-camera.ts';
import { V4l2Source, v4l2Options } from './v4l2/v4l2-source.ts';
import { VideotestSource, videotestOptions } from './videotest/videotest-source.ts';
import { WebcamSource, webcamOptions } from './webcam/webcam-source.ts';

interface Source<S extends z.ZodObject> {
	readonly optionsSchema: S;
	create(options: z.infer<S>, context: CameraContext): Camera;
}

function source<S extends z.ZodObject>(optionsSchema: S, create: Source<S>['create']): Source<S> {
	return { optionsSchema, create };
}

export const CAMERAS = {
	simulator: source(simulatorOptions, (options, context) => new SimulatorCamera(options, context)),
	folder: source(folderOptions, (options, context) => new FolderCamera(options, context)),
	v4l2: source(v4l2Options.extend(liveKeys), (o, context) => new LiveCamera(new V4l2Source(o, context), o, context)),
	csi: source(csiOptions.extend(liveKeys), (o, context) => new LiveCamera(new CsiSource(o, context), o, context)),
	rtsp: source(rtspOptions.extend(liveKeys), (o, context) => new LiveCamera(new RtspSource(o, context), o, context)),
	genicam: source(
		genicamOptions.extend(liveKeys),
		(o, context) => new LiveCamera(new GenicamSource(o, context), o, context),
	),
	videotest: source(
		videotestOptions.extend(liveKeys),
		(o, context) => new LiveCamera(new VideotestSource(o, context), o, context),
	),
	http: source(httpOptions, (options, context) => new HttpCamera(options, context)),
	webcam: source(
		webcamOptions.extend({ ...liveKeys, trigger: askedTriggerSchema }),
		(o, context) => new LiveCamera(new WebcamSource(o, context), o, context),
	),
} as const;

export type SourceName = keyof typeof CAMERAS;

/** @param options what the station's configuration says, already checked there and checked again here */
export function createCamera(name: SourceName, options: unknown, context: CameraContext): Camera {
	const { optionsSchema, create } = CAMERAS[name] as unknown as Source<z.ZodObject>;
	return create(optionsSchema.parse(options), context);
}
