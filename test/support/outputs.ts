/** The outputs of a station without the station: parts are triggered and decided by the test. */
import { monotonicMs } from '../../src/base/clock.ts';
import type { Disposition, Inspection } from '../../src/station/inspection.ts';
import type { AcquiredShot } from '../../src/station/inspector/messages.ts';
import { outputSchema } from '../../src/station/outputs/index.ts';
import { Outputs, type OutputsEvents } from '../../src/station/outputs/outputs.ts';
import { silent } from './test-station.ts';

export function outputsOf(configured: readonly object[], events: Partial<OutputsEvents> = {}) {
	const alerts: Record<string, unknown>[] = [];
	const pauses: string[] = [];
	const changes = new Set<() => void>();
	const outputs = new Outputs(
		{
			station: 'line',
			bootId: 'boot',
			outputs: configured.map((one) => outputSchema.parse(one)),
			cameras: ['cam'],
			deadlineMs: 200,
			onNotInspected: 'reject',
		},
		{
			connected: () => true,
			publish: async () => {},
			change: () => {
				for (const look of changes) look();
			},
			alert: (payload) => alerts.push(payload as Record<string, unknown>),
			storeFault: () => undefined,
			pause: (reason) => pauses.push(reason),
			...events,
		},
		silent,
	);
	/** Says what its only camera does. */
	const look = (status: 'running' | 'restarting', paused = false) =>
		outputs.look(paused, [
			{ id: 'cam', source: 'folder', status, sequence: 0, restarts: 0, recycled: 0, waiting: 0, missed: 0 },
		]);
	let sequence = 0;
	/** A part comes. @param at when it was triggered */
	const trigger = (at = monotonicMs()): AcquiredShot => {
		const shot = { sequence: ++sequence, partId: `part-${sequence}`, monotonicMs: at } as AcquiredShot;
		outputs.acquired('cam', shot);
		return shot;
	};
	const decide = (shot: AcquiredShot, disposition: Disposition) =>
		outputs.decided({ camera: 'cam', sequence: shot.sequence, disposition } as Inspection, shot);
	/** Resolves once the states satisfy the condition. */
	const until = async (condition: () => boolean) => {
		while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
	};
	return { outputs, alerts, pauses, look, trigger, decide, until };
}
