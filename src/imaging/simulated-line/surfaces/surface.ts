/** What a kind of part is: how it may lie under the camera and how it is painted. */
import type { Random } from '../../../base/random.ts';
import type { Canvas } from '../canvas.ts';

export interface Surface {
	/** Largest turn from straight, in radians (π: any), and largest shift from the centre, in units. */
	readonly turn: number;
	readonly shift: number;
	/** How much stronger than on smooth metal a defect must be to be seen on this texture. */
	readonly busyness: number;
	/** Fills `canvas.light` and `canvas.part`. */
	paint(canvas: Canvas, random: Random): void;
}
