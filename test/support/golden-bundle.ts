/** A station bundle with golden parts: grey images whose brightest pixel is their score. */
import type { GoldenPart } from '../../src/bundle/golden.ts';
import { writeGolden } from '../../src/bundle/golden.ts';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { encodePng } from '../../src/imaging/encode-image.ts';
import { enrollParts } from '../../src/station/golden/enroll-parts.ts';
import { SIZE, type StationBundleOptions, writeStationBundle } from './station-bundle.ts';

/** Place of the bright spot of a defective part, in pixels; so small that a blurred picture of it has none. */
const SPOT = { x: 20, y: 30, side: 3 };

/** A dark part; a defective one has a bright spot. */
export function partImage(defective: boolean, grey = 60) {
	const data = new Uint8Array(SIZE * SIZE).fill(grey);
	if (defective) paint(data, 230);
	return { width: SIZE, height: SIZE, channels: 1 as const, data };
}

/** Three sound parts and three defective ones, in turns. */
export async function goldenDrafts(): Promise<Omit<GoldenPart, 'enrolled'>[]> {
	return Promise.all(
		[0, 1, 2, 3, 4, 5].map(async (i) => {
			const defective = i % 2 === 1;
			const mask = new Uint8Array(SIZE * SIZE);
			paint(mask, 255);
			return {
				id: `part-${i}`,
				class: defective ? 'spot' : 'ok',
				defective,
				image: await encodePng(partImage(defective, 60 + i)),
				...(defective ? { mask: await encodePng({ width: SIZE, height: SIZE, data: mask }) } : {}),
			};
		}),
	);
}

export async function writeGoldenBundle(dir: string, options: StationBundleOptions = {}): Promise<string> {
	const bundle = await openBundle(await writeStationBundle(dir, options));
	await writeGolden(bundle, await enrollParts(bundle, await goldenDrafts()));
	return dir;
}

function paint(data: Uint8Array, grey: number): void {
	for (let y = SPOT.y; y < SPOT.y + SPOT.side; y++) data.fill(grey, y * SIZE + SPOT.x, y * SIZE + SPOT.x + SPOT.side);
}
