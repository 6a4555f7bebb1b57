/** The table of defects. */
import { crack } from './crack.ts';
import type { DrawDefect } from './defect.ts';
import { pit } from './pit.ts';
import { scratch } from './scratch.ts';
import { stain } from './stain.ts';

export const DEFECTS = { scratch, pit, crack, stain } as const satisfies Record<string, DrawDefect>;

export type DefectName = keyof typeof DEFECTS;
