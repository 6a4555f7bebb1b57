/** Several cameras: two on two cores beside one, and eight that are not fast. */
import type { BenchCase } from '../../../pipeline/bench-case.ts';
import type { BenchBundle } from '../bench-bundle.ts';
import { medianOf } from '../percentiles.ts';
import { StationUnderTest } from '../station-under-test.ts';
import { type CaseContext, stated, within } from './case.ts';

const WARM_UP_MS = 1500;
const EIGHT = 8;
const FPS = 5;
const EIGHT_MS = 20_000;

export async function twoCameras(bundle: BenchBundle, context: CaseContext): Promise<BenchCase[]> {
	const { broker, rounds, sliceMs, progress } = context;
	const options = { threads: 1, broker: broker.url };
	const one = await StationUnderTest.start(bundle, options);
	const two = await StationUnderTest.start(bundle, { ...options, cameras: 2, station: 'bench-2' });
	try {
		const rates: { one: number; two: number }[] = [];
		for (const station of [one, two]) await station.inspect(WARM_UP_MS, false);
		for (let round = 0; round < rounds; round++) {
			const { perSecond } = await one.inspect(sliceMs);
			rates.push({ one: perSecond, two: (await two.inspect(sliceMs)).perSecond });
			progress.update(round + 1, rounds, 'rounds of one and two cameras');
		}
		return [
			{
				name: `station ${bundle.name}`,
				metric: 'parts per second of two cameras, one thread each',
				ours: medianOf(rates.map((rate) => rate.two)),
				peer: medianOf(rates.map((rate) => rate.one)),
				ratio: medianOf(rates.map((rate) => rate.two / rate.one)),
				beside: 'one camera',
			},
		];
	} finally {
		await one.stop();
		await two.stop();
	}
}

/** Late is what has no verdict before the next part comes. */
export async function eightCameras(bundle: BenchBundle, { broker, progress }: CaseContext): Promise<BenchCase[]> {
	const deadlineMs = 1000 / FPS;
	const options = { threads: 1, broker: broker.url, cameras: EIGHT, fps: FPS, deadlineMs };
	const station = await StationUnderTest.start(bundle, options);
	try {
		await station.inspect(WARM_UP_MS, false);
		progress.note(`${EIGHT} cameras at ${FPS} parts a second, for ${EIGHT_MS / 1000} s`);
		const { perSecond } = await station.inspect(EIGHT_MS);
		const { reasons, latencyMs, inspectorMebibytes, supervisorMebibytes } = await station.figures();
		const name = `${EIGHT} cameras at ${FPS} a second, ${bundle.name}`;
		const mean = inspectorMebibytes.reduce((sum, mebibytes) => sum + mebibytes, 0) / EIGHT;
		const lost = Object.values(reasons).reduce((sum, n) => sum + n, 0);
		return [
			within(name, 'parts late or missed', lost, 0),
			{
				name: `station ${name}`,
				metric: 'parts per second',
				ours: perSecond,
				peer: EIGHT * FPS,
				ratio: perSecond / (EIGHT * FPS),
				beside: 'what comes',
			},
			within(name, 'ms from trigger to verdict, p99', latencyMs.p99, deadlineMs),
			stated(name, 'MiB a camera', mean),
			stated(name, 'MiB of the supervisor', supervisorMebibytes),
		];
	} finally {
		await station.stop();
	}
}
