/** The part of node-webcam that is used here; it brings no types. */
declare module 'node-webcam' {
	export interface WebcamSettings {
		readonly device: string;
		readonly width: number;
		readonly height: number;
		readonly skip: number;
		readonly quality: number;
		readonly output: 'jpeg';
		readonly callbackReturn: 'location';
		readonly saveShots: false;
	}

	export class FSWebcam {
		/** The start of the shell command. */
		bin: string;
		constructor(settings: WebcamSettings);
		capture(location: string, callback: (error: Error | null, location?: string) => void): void;
	}

	const nodeWebcam: { readonly FSWebcam: typeof FSWebcam };
	export default nodeWebcam;
}
