/** A belt without an encoder: its place is the time, so that it is right only while the belt runs at its speed. */
import { atMoment } from '../precise-timer.ts';
import type { Belt, BeltState } from './belt.ts';

export class TimeBelt implements Belt {
	async start(): Promise<void> {}

	async stop(): Promise<void> {}

	positionAt(at: number): number {
		return at;
	}

	reach(position: number, callback: () => void): () => void {
		return atMoment(position, callback);
	}

	onLostPlace(): void {}

	state(): BeltState {
		return {};
	}
}
