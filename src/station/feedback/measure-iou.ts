/** How well the model outlined a defect that a person drew afterwards. */
import { readFile } from 'node:fs/promises';
import { decodeMask } from '../../imaging/decode-mask.ts';
import { iouOf, overlapOf } from '../../metrics/overlap.ts';

/**
 * @param predicted file of the mask that the model gave, kept with the picture
 * @param drawn PNG over the same image at any scale; it takes the size of the predicted one
 * @returns undefined when the model's mask was not kept
 */
export async function measureIou(predicted: string, drawn: Uint8Array): Promise<number | undefined> {
	const bytes = await readFile(predicted).catch(() => undefined);
	if (!bytes) return undefined;
	const { width, height, data } = await decodeMask(bytes);
	const truth = await decodeMask(drawn, { width, height });
	return iouOf(overlapOf(Float32Array.from(data, Math.sign), truth.data));
}
