/** What a kind of defect is: how it is drawn at a place, from barely visible (severity 0) to obvious (1). */
import type { Random } from '../../../base/random.ts';
import type { Canvas } from '../canvas.ts';

export interface DefectPlan {
	/** 0 = the faintest that a careful person still sees, 1 = obvious. */
	readonly severity: number;
	/** See {@link Surface.busyness}. */
	readonly busyness: number;
}

/** Changes `canvas.light` and marks `canvas.truth`, only where `canvas.part` is set. */
export type DrawDefect = (canvas: Canvas, plan: DefectPlan, random: Random) => void;

/** From `low` at severity 0 to `high` at 1. */
export function bySeverity({ severity }: DefectPlan, low: number, high: number): number {
	return low + (high - low) * severity;
}
