/** A label as people send it: judged, its part found, its mask made harmless. */
import { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import { isSoundClass } from '../../base/sound-class.ts';
import { decodeMask } from '../../imaging/decode-mask.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import type { Change } from '../commands.ts';
import type { LabelDraft } from '../store/label-table.ts';
import type { ReadableStore } from '../store/read-store.ts';

const MAX_MASK_PIXELS = 2 ** 22;
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Result ids that a refusal lists. */
const LISTED = 5;

const name = z.string().min(1).max(512);

/** Arguments of the command `label`. */
export const labelArguments = {
	/** One of the two says which part. */
	resultId: name.optional(),
	partId: name.optional(),
	defective: z.boolean(),
	/** Of a defective part; becomes the class in an exported dataset. */
	class: z
		.string()
		.regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, hyphens or underscores')
		.optional(),
	/** A small PNG in base64 that covers the whole image, at any scale; white where the defect is. */
	mask: z.base64().max(14_000).optional(),
};

export const labelSchema = z.strictObject(labelArguments);

export type LabelArguments = z.infer<typeof labelSchema>;

/** @throws COMMAND_INVALID, IMAGE_UNREADABLE, IMAGE_TOO_LARGE */
export async function readLabel(store: ReadableStore, args: LabelArguments, by: Change): Promise<LabelDraft> {
	const { defective, class: name, mask } = args;
	const { who, source, reason } = by;
	if (name !== undefined) expectDefectClass(name, defective);
	const resultId = findResult(store, args);
	expectPartOfLine(store, resultId);
	return {
		resultId,
		who,
		source,
		reason,
		defective,
		class: name,
		mask: mask === undefined ? undefined : await readMask(mask, defective),
	};
}

/** A golden part was chosen, not drawn: it says nothing of the parts that the line makes. */
function expectPartOfLine(store: ReadableStore, resultId: string): void {
	const golden = store.inspections.find(resultId)?.golden;
	if (golden)
		throw invalid('a part of the line', `golden part ${golden.part}`, 'Its truth is known: no label is needed.');
}

function findResult(store: ReadableStore, { resultId, partId }: LabelArguments): string {
	if ((resultId === undefined) === (partId === undefined))
		throw invalid(
			'either resultId or partId',
			resultId ? 'both' : 'neither',
			'Name the result, or the part if it has only one.',
		);
	if (resultId !== undefined) {
		if (store.inspections.find(resultId)) return resultId;
		const newest = store.inspections.recent(1)[0]?.resultId;
		throw invalid(
			`the id of a recorded result${newest ? `, such as ${newest}` : ''}`,
			resultId.slice(0, 128),
			'Copy the resultId of an inspection message of this station.',
		);
	}
	const results = store.inspections.ofPart(partId!, LISTED + 1);
	if (results.length === 1) return results[0];
	const found =
		results.length === 0 ? `none of part ${partId!.slice(0, 128)}` : `${results.slice(0, LISTED).join(', ')}`;
	throw invalid(
		'exactly one result of the part',
		results.length > LISTED ? `${found} and more` : found,
		results.length === 0 ? 'Check the partId.' : 'Label each of them by its resultId.',
	);
}

function expectDefectClass(name: string, defective: boolean): void {
	if (!defective) throw invalid('no class on a sound part', name, 'Leave the class out, or say defective: true.');
	if (isSoundClass(name))
		throw invalid(
			'the class of a defect',
			`${name}, which means sound`,
			'Name what is wrong with the part, such as scratch.',
		);
}

/** Decoded and encoded anew, so that nothing but its pixels is kept. */
async function readMask(base64: string, defective: boolean): Promise<Uint8Array> {
	if (!defective) throw invalid('no mask on a sound part', 'one', 'Leave the mask out, or say defective: true.');
	const bytes = Buffer.from(base64, 'base64');
	if (!PNG.every((byte, i) => bytes[i] === byte))
		throw invalid('a mask that is a PNG in base64', 'another kind of file', 'Save the mask as PNG.');
	const mask = await decodeMask(bytes, { maxPixels: MAX_MASK_PIXELS });
	if (!mask.data.includes(255))
		throw invalid(
			'a mask with white pixels where the defect is',
			'none',
			'Draw the defect in white, or leave the mask out.',
		);
	return encodePng(mask);
}

function invalid(expected: string, found: string, fix: string): AndonError {
	return new AndonError('COMMAND_INVALID', { expected, found, fix });
}
