/** What station tests start from: grey images with known brightness, a bundle, a configuration. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { encodePng } from '../../src/imaging/encode-image.ts';
import { type StationConfig, stationSchema } from '../../src/station/config.ts';
import type { Inspection } from '../../src/station/inspection.ts';
import { Station } from '../../src/station/station.ts';
import { SIZE } from './station-bundle.ts';

export const silent = pino({ level: 'silent' });

/** `000.png` … of one grey value each: sound (dark) and defective (bright) by turns. */
export async function writeImages(dir: string, count: number): Promise<string> {
	mkdirSync(dir, { recursive: true });
	const images = await Promise.all([40, 230].map((grey) => encodePng(greyImage(grey))));
	for (let i = 0; i < count; i++) writeFileSync(join(dir, nameOf(i)), images[i % 2]);
	return dir;
}

export function nameOf(index: number): string {
	return `${String(index).padStart(3, '0')}.png`;
}

export function greyImage(grey: number, width: number = SIZE, height: number = SIZE) {
	return { width, height, channels: 1 as const, data: new Uint8Array(width * height).fill(grey) };
}

/** A configuration with an embedded broker on a free port, unless `overrides` says otherwise. */
export function configOf(dir: string, bundle: string, camera: object, overrides: object = {}): StationConfig {
	return stationSchema.parse({
		station: 'line',
		bundle,
		cameras: [{ id: 'cam', ...camera }],
		mqtt: { embedded: { port: 0 } },
		store: { path: join(dir, 'andon.db') },
		// A loaded test machine must not turn parts into late ones.
		deadlineMs: 20_000,
		...overrides,
	});
}

/** A station whose log is silent, and its records as they become durable. */
export function stationOf(config: StationConfig) {
	const station = new Station(config, silent);
	const inspections: Inspection[] = [];
	station.events.on('inspection', (inspection) => inspections.push(inspection));
	const until = (condition: () => boolean) =>
		new Promise<void>((resolve) => {
			const look = () => {
				if (!condition()) return;
				station.events.off('inspection', look).off('state', look);
				resolve();
			};
			station.events.on('inspection', look).on('state', look);
			look();
		});
	return { station, inspections, until };
}
