/** The table of image sources: name → options and constructor. */
import type { z } from 'zod';
import type { Camera, CameraContext } from './camera.ts';
import { FolderCamera, folderOptions } from './folder/folder-camera.ts';
import { SimulatorCamera, simulatorOptions } from './simulator/simulator-camera.ts';

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
} as const;

export type SourceName = keyof typeof CAMERAS;

/** @param options what the station's configuration says, already checked there and checked again here */
export function createCamera(name: SourceName, options: unknown, context: CameraContext): Camera {
	const { optionsSchema, create } = CAMERAS[name] as unknown as Source<z.ZodObject>;
	return create(optionsSchema.parse(options), context);
}
