/** What of a camera's image is inspected, and how: a region of interest, stretched to the model's input or cut into tiles. */
import { z } from 'zod';

/** Smaller regions and tiles show nothing. */
const SMALLEST = 8;

const roiSchema = z
	.strictObject({
		x: z.number().min(0),
		y: z.number().min(0),
		width: z.number().positive(),
		height: z.number().positive(),
	})
	.superRefine((roi, context) => {
		const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
		if (isShares(roi)) {
			if (roi.x + roi.width > 1) issue('width', `expected x + width of at most 1, found ${roi.x + roi.width}`);
			if (roi.y + roi.height > 1) issue('height', `expected y + height of at most 1, found ${roi.y + roi.height}`);
			return;
		}
		for (const [name, value] of Object.entries(roi)) {
			const least = name === 'x' || name === 'y' ? 0 : SMALLEST;
			if (!Number.isInteger(value) || value < least)
				issue(
					name,
					`expected whole pixels, at least ${least} (or shares of the image, all four at most 1), found ${value}`,
				);
		}
	})
	.meta({
		description:
			'Region of interest, from the upper left corner: whole pixels of the camera, or shares of its image when all four ' +
			'are at most 1. The whole image if absent',
	});

const tilesSchema = z
	.strictObject({
		overlap: z
			.number()
			.min(0)
			.meta({
				description:
					'How far neighbouring tiles cover each other at least: whole pixels of the camera, or a share of a tile when ' +
					'below 1. No less than the largest of the small defects, so that each is seen whole by one tile',
			}),
		columns: z.int().min(1).max(64).optional(),
		rows: z.int().min(1).max(64).optional().meta({
			description: 'With columns: so many tiles, to which the region is stretched, instead of as many as a scale needs',
		}),
		scale: z
			.number()
			.min(1 / 16)
			.max(4)
			.optional()
			.meta({ description: 'Pixels of the model per pixel of the camera (default 1: every pixel as it is)' }),
		batch: z.int().min(1).max(64).optional().meta({
			description: 'Tiles that the model takes at once (default: 1 on cpu, where more gain nothing, up to 8 on others)',
		}),
	})
	.superRefine(({ overlap, columns, rows, scale }, context) => {
		const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
		if (overlap >= 1 && !Number.isInteger(overlap))
			issue('overlap', `expected whole pixels or a share below 1, found ${overlap}`);
		if ((columns === undefined) !== (rows === undefined))
			issue(columns === undefined ? 'columns' : 'rows', 'expected both columns and rows, or neither');
		if (columns !== undefined && scale !== undefined)
			issue('scale', 'expected either columns and rows or a scale: the number of tiles decides the scale');
	});

export const viewSchema = z
	.strictObject({ roi: roiSchema.optional(), tiles: tilesSchema.optional() })
	.refine(({ roi, tiles }) => roi !== undefined || tiles !== undefined, 'expected roi, tiles or both')
	.meta({ description: 'What of the image is inspected; all of it, stretched to the model’s input, if absent' });

export type View = Readonly<z.infer<typeof viewSchema>>;

/** Whether a region is given in shares of the image: a region of a pixel or less would show nothing. */
export function isShares({ x, y, width, height }: NonNullable<View['roi']>): boolean {
	return Math.max(x, y, width, height) <= 1;
}

function isWhole({ x, y, width, height }: NonNullable<View['roi']>): boolean {
	return x === 0 && y === 0 && width === 1 && height === 1;
}

/** A view in words, complete and the same for all that give the same scores; how many tiles run at once does not matter. */
export function sayView(view: View | undefined): string {
	if (!view) return 'the whole image, stretched';
	const { tiles } = view;
	const roi = view.roi && !isWhole(view.roi) ? view.roi : undefined;
	const percent = (share: number) => `${Number((100 * share).toFixed(4))} %`;
	const amount = roi && isShares(roi) ? percent : (pixels: number) => `${pixels} px`;
	const where = roi
		? `${amount(roi.width)} × ${amount(roi.height)} from ${amount(roi.x)}, ${amount(roi.y)}`
		: 'the whole image';
	if (!tiles) return `${where}, stretched`;
	const { overlap, columns, rows, scale = 1 } = tiles;
	const grid = columns === undefined ? `tiles at scale ${scale}` : `${columns} × ${rows} tiles`;
	return `${where} in ${grid}, ${overlap < 1 ? percent(overlap) : `${overlap} px`} overlap`;
}

/** Whether scores under one view mean the same under the other. */
export function isSameView(one: View | undefined, other: View | undefined): boolean {
	return sayView(one) === sayView(other);
}
