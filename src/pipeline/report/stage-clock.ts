/** Takes the time of each stage of a run. */
import type { Stage } from '../../training/report/training-record.ts';

export interface StageClock {
	/** Begins a stage and ends the one before. */
	begin(name: string): void;
	/** The stages so far; the last one is still running. */
	stages(): Stage[];
}

/** @param onStage is told when a stage begins */
export function stageClock(onStage?: (name: string) => void): StageClock {
	const starts: { readonly name: string; readonly at: number }[] = [];
	return {
		begin(name) {
			starts.push({ name, at: performance.now() });
			onStage?.(name);
		},
		stages: () =>
			starts.map(({ name, at }, i) => ({ name, seconds: ((starts[i + 1]?.at ?? performance.now()) - at) / 1000 })),
	};
}
