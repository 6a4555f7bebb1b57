/** From the moment a part is due to the coil of a PLC that is on: without a station, then at the end of a whole one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { monotonicMs } from '../../base/clock.ts';
import { createLogger } from '../../base/log.ts';
import { stationSchema } from '../../station/config.ts';
import type { Inspection } from '../../station/inspection.ts';
import type { AcquiredShot } from '../../station/inspector/messages.ts';
import { outputSchema } from '../../station/outputs/index.ts';
import { Outputs } from '../../station/outputs/outputs.ts';
import { Station } from '../../station/station.ts';
import type { Coil } from './coil.ts';
import { type LateCase, spreadOf } from './late.ts';

const BUNDLE = fileURLToPath(new URL('../../../models/demo', import.meta.url));
const TRAVEL_MS = 300;
const SPACING_MS = 20;

const silent = createLogger('bench', 'silent');

function ejector({ port }: Coil) {
	return {
		id: 'ejector',
		output: 'modbus',
		host: '127.0.0.1',
		port,
		coil: 0,
		pulseMs: 5,
		travel: { ms: TRAVEL_MS, tolerance: 200 },
	};
}

/** @param count parts, one every 20 ms, all rejected */
export async function timeCoil(coil: Coil, count: number): Promise<LateCase> {
	const setup = {
		station: 'bench',
		bootId: 'bench',
		outputs: [outputSchema.parse(ejector(coil))],
		cameras: ['cam'],
		deadlineMs: 1000,
		onNotInspected: 'reject' as const,
	};
	const events = {
		connected: () => true,
		publish: async () => {},
		change: () => {},
		alert: () => {},
		storeFault: () => undefined,
		pause: () => {},
	};
	const outputs = new Outputs(setup, events, silent);
	await outputs.start();
	const due: number[] = [];
	for (let sequence = 1; sequence <= count; sequence++) {
		const shot = { sequence, monotonicMs: monotonicMs() } as AcquiredShot;
		due.push(shot.monotonicMs + TRAVEL_MS);
		outputs.acquired('cam', shot);
		outputs.decided({ camera: 'cam', sequence, disposition: 'reject' } as Inspection, shot);
		await sleep(SPACING_MS);
	}
	await outputs.stop();
	await sleep(50);
	const { p50, ...spread } = spreadOf(coil.on.splice(0).map((at, i) => at - due[i]));
	const { driven = 0, missed = 0, overlaps = 0 } = outputs.states()[0];
	return { ...plain('due to coil on, Modbus TCP on loopback', p50, spread), counts: { driven, missed, overlaps } };
}

/** @param fps parts a second of the simulated line, half of them defective; records and messages as ever */
export async function timeStation(coil: Coil, count: number, fps: number): Promise<LateCase> {
	const dir = await mkdtemp(join(tmpdir(), 'andon-bench-'));
	const config = stationSchema.parse({
		station: 'bench',
		bundle: BUNDLE,
		cameras: [{ id: 'cam', source: 'simulator', fps, count, defectRate: 0.5, prerender: 20 }],
		outputs: [ejector(coil)],
		mqtt: { embedded: { port: 0 } },
		store: { path: join(dir, 'andon.db') },
	});
	const station = new Station(config, silent);
	const ended = new Promise<void>((resolve) =>
		station.events.on('state', ({ cameras }) => {
			if (cameras[0].status === 'ended') resolve();
		}),
	);
	try {
		await station.start();
		await ended;
	} finally {
		await station.stop();
	}
	const { lateMs, driven = 0, rejected = 0, passed = 0, late = 0, missed = 0 } = station.state().outputs![0];
	await rm(dir, { recursive: true });
	const spread = { p99: lateMs?.p99 ?? Number.NaN, max: Number.NaN };
	const name = `due to write begun, a whole station at ${fps} parts a second`;
	return { ...plain(name, lateMs?.p50 ?? Number.NaN, spread), counts: { passed, rejected, late, driven, missed } };
}

function plain(name: string, ours: number, spread: LateCase['spread']): LateCase {
	return { name, metric: 'ms late, p50', ours, peer: null, ratio: null, beside: '', spread };
}
