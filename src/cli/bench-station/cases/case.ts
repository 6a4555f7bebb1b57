/** What every case of the station's bench is given, and the two shapes that its figures have. */
import type { BenchCase } from '../../../pipeline/bench-case.ts';
import type { Progress } from '../../progress.ts';
import type { BenchBroker } from '../bench-broker.ts';

export interface CaseContext {
	readonly broker: BenchBroker;
	/** For files; gone afterwards. */
	readonly folder: string;
	readonly threads: number;
	/** Turns that everybody takes, and how long each is. */
	readonly rounds: number;
	readonly sliceMs: number;
	/** Python with onnxruntime, opencv-python-headless and paho-mqtt. */
	readonly python: string;
	readonly reloads: number;
	/** Minutes. */
	readonly soak?: number;
	readonly progress: Progress;
}

export type StationCase = (context: CaseContext) => Promise<BenchCase[]>;

/** A figure that must not exceed a bound. */
export function within(name: string, metric: string, ours: number, bound: number): BenchCase {
	const ratio = ours <= 0 ? null : bound / ours;
	return { name: `station ${name}`, metric, ours, peer: bound, ratio, beside: 'at most' };
}

/** A figure with nothing beside it. */
export function stated(name: string, metric: string, ours: number): BenchCase {
	return { name: `station ${name}`, metric, ours, peer: null, ratio: null, beside: 'nothing' };
}
