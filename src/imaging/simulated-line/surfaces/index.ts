/** The table of surfaces. */
import { brushed } from './brushed.ts';
import { cast } from './cast.ts';
import type { Surface } from './surface.ts';
import { woven } from './woven.ts';

export const SURFACES = { brushed, cast, woven } as const satisfies Record<string, Surface>;

export type SurfaceName = keyof typeof SURFACES;
