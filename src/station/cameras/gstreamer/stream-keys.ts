/** Options of cameras whose size and rate can be chosen, and what they are in GStreamer's notation. */
import { z } from 'zod';

export const streamKeys = {
	width: z.int().min(16).max(16_384).optional().meta({ description: 'Pixels; what the camera prefers if absent' }),
	height: z.int().min(16).max(16_384).optional().meta({ description: 'Pixels; what the camera prefers if absent' }),
	fps: z
		.number()
		.min(0.1)
		.max(1000)
		.optional()
		.meta({ description: 'Frames a second; the camera must offer exactly this' }),
};

const streamSchema = z.object(streamKeys);

/** @param media such as `video/x-raw`. @returns caps that leave open what is not chosen */
export function capsOf(media: string, { width, height, fps }: z.infer<typeof streamSchema>, format?: string): string {
	const fields = [
		format && `format=${format}`,
		width && `width=${width}`,
		height && `height=${height}`,
		fps && `framerate=${fractionOf(fps)}`,
	];
	return [media, ...fields.filter(Boolean)].join(',');
}

/** The rates of television are fractions: 29.97 is 30000/1001. */
function fractionOf(fps: number): string {
	if (Number.isInteger(fps)) return `${fps}/1`;
	const television = Math.round(fps) * (1000 / 1001);
	return Math.abs(television - fps) < 0.005 ? `${Math.round(fps)}000/1001` : `${Math.round(fps * 1000)}/1000`;
}
