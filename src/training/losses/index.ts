/** The table of losses. */
import { bce } from './bce.ts';
import { categoricalCrossentropy } from './categorical-crossentropy.ts';
import { dice } from './dice.ts';
import { focal } from './focal.ts';
import { iou } from './iou.ts';
import type { Loss } from './loss.ts';
import { tversky } from './tversky.ts';

export const LOSSES = {
	bce,
	'categorical-crossentropy': categoricalCrossentropy,
	dice,
	focal,
	iou,
	tversky,
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof LOSSES;
