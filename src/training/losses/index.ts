/** The table of losses. */
import { bce } from './bce.ts';
import { categoricalCrossentropy } from './categorical-crossentropy.ts';
import { dice } from './dice.ts';
import type { Loss } from './loss.ts';

export const LOSSES = { bce, 'categorical-crossentropy': categoricalCrossentropy, dice } as const satisfies Record<
	string,
	Loss
>;

export type LossName = keyof typeof LOSSES;
