/** The frames that bare model and peer see: the very ones that the station's simulator draws. */
import { SimulatedLine } from '../../imaging/simulated-line/simulated-line.ts';
import type { BenchBundle } from './bench-bundle.ts';

export const PICTURES = 32;
/** Of the first camera. */
export const SEED = 100;
export const DEFECT_RATE = 0.1;

/** uint8[side,side,1] each. */
export function framesOf({ side, scale }: BenchBundle): Uint8Array[] {
	const line = new SimulatedLine({ seed: SEED, width: side, height: side, scale, defectRate: DEFECT_RATE });
	return Array.from({ length: PICTURES }, (_, i) => line.part(i).pixels.data);
}
