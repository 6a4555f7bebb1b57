/** Golden parts that wait in the inspector: images to inject between two parts, and the truth of parts to be presented. */
import { monotonicMs } from '../../base/clock.ts';
import type { FrameInspector } from '../../bundle/frame-inspector.ts';
import { decodeImage } from '../../imaging/decode-image.ts';
import { decodeMask } from '../../imaging/decode-mask.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import { frameStatistics } from '../../imaging/frame-statistics.ts';
import type { Mask, Pixels } from '../../imaging/pixels.ts';
import type { Exposure, Shot } from '../cameras/camera.ts';
import type { GoldenMark, Truth } from '../inspection.ts';
import type { Inject, ToGolden } from './golden-messages.ts';

export interface GoldenShot {
	readonly shot: Shot;
	readonly mark: GoldenMark;
	/** How it looks beside its picture of enrolment, where there is one. @param seen as the model saw it */
	compare?(seen: Pixels, frames: Frames): Promise<{ sharpness: number; brightness: number }>;
	/** The picture that was read, PNG, where it was asked for. */
	captured?(): Promise<Uint8Array | undefined>;
}

type Frames = Pick<FrameInspector, 'view' | 'fit'>;

interface Expected {
	readonly mark: GoldenMark;
	readonly truth: Truth;
	readonly image?: Uint8Array;
	readonly mask?: Uint8Array;
	readonly capture: boolean;
}

export class GoldenDesk {
	#injected: Inject[] = [];
	#expected: Expected[] = [];

	tell(message: ToGolden): void {
		if (message.kind === 'inject') {
			this.#injected.push(message);
			return;
		}
		const { run, parts, capture } = message;
		this.#expected = parts.map(({ part, ...known }) => ({ mark: { run, part }, ...known, capture }));
	}

	/** The next image to inject, in the channels of the model. */
	take(channels: 1 | 3): GoldenShot | undefined {
		const next = this.#injected.shift();
		return next && { shot: injectedShot(next, channels), mark: { run: next.run, part: next.part } };
	}

	/** The camera's part as the golden part that it is; undefined when it is one of the line. */
	claim(shot: Shot): GoldenShot | undefined {
		const expected = this.#expected.shift();
		if (!expected) return undefined;
		const { mark, truth, image, mask, capture } = expected;
		let pixels: Pixels | undefined;
		const read = async () => {
			const exposure = await shot.read();
			pixels = exposure.pixels;
			return { pixels, mask: await maskOf(truth, mask, pixels) };
		};
		return {
			shot: { ...shot, truth, read, recorded: () => shot.recorded?.() ?? Promise.resolve() },
			mark,
			...(image ? { compare: (seen, frames) => compareLooks(seen, image, frames) } : {}),
			...(capture ? { captured: async () => pixels && encodePng(pixels) } : {}),
		};
	}
}

/** An image of enrolment as a camera would hand it over. */
export function injectedShot(
	{ part, image, mask, truth }: Pick<Inject, 'part' | 'image' | 'mask' | 'truth'>,
	channels: 1 | 3,
): Shot {
	const read = async (): Promise<Exposure> => {
		const pixels = await decodeImage(image, { channels });
		return { pixels, mask: await maskOf(truth, mask, pixels) };
	};
	const at = { acquiredAt: new Date().toISOString(), monotonicMs: monotonicMs() };
	return { partId: part, cursor: undefined, ...at, simulated: true, truth, read };
}

/** @param seen as the model saw it @param image PNG, of enrolment @param frames see it as they saw the part, through a view */
export async function compareLooks(seen: Pixels, image: Uint8Array, frames?: Frames) {
	const enrolled = frames?.view
		? await frames.fit(await decodeImage(image, { channels: seen.channels }))
		: await decodeImage(image, seen);
	const before = frameStatistics(enrolled);
	const now = frameStatistics(seen);
	const brightness = Math.max(now.brightness, 1) / Math.max(before.brightness, 1);
	return { sharpness: now.sharpness - before.sharpness, brightness };
}

/** Nobody knows where the defect of a part without a mask is; a sound part has none. */
async function maskOf({ defective }: Truth, png: Uint8Array | undefined, pixels: Pixels): Promise<Mask | undefined> {
	const { width, height } = pixels;
	if (png) return decodeMask(png, { width, height });
	return defective ? undefined : { width, height, data: new Uint8Array(width * height) };
}
