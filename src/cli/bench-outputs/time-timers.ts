/** Our timer beside Node's own, at rest and while the event loop has work. */
import { monotonicMs } from '../../base/clock.ts';
import { atMoment } from '../../station/outputs/precise-timer.ts';
import { type LateCase, spreadOf } from './late.ts';

/** Work for half of the time, in pieces as long as the handling of a record. */
const PIECE_MS = 0.5;

/** @param count waits of each timer, taken in turns */
export async function timeTimers(count: number): Promise<LateCase[]> {
	const idle = await timeBoth('timer, idle', count);
	const end = keepBusy();
	const busy = await timeBoth('timer, event loop half busy', count);
	end();
	return [idle, busy];
}

async function timeBoth(name: string, count: number): Promise<LateCase> {
	const ours: number[] = [];
	const nodes: number[] = [];
	for (let i = 0; i < count; i++) {
		const ms = 10 + Math.random() * 20;
		ours.push(await late(ms, (at, done) => void atMoment(at, done)));
		nodes.push(await late(ms, (at, done) => void setTimeout(done, at - monotonicMs())));
	}
	const { p50, ...spread } = spreadOf(ours);
	const { p50: peer, ...peerSpread } = spreadOf(nodes);
	return { name, metric: 'ms late, p50', ours: p50, peer, ratio: peer / p50, beside: 'setTimeout', spread, peerSpread };
}

/** How far off it was: a timer that is early is as wrong as one that is late. */
function late(ms: number, wait: (at: number, done: () => void) => void): Promise<number> {
	const at = monotonicMs() + ms;
	return new Promise((resolve) => wait(at, () => resolve(Math.abs(monotonicMs() - at))));
}

function keepBusy(): () => void {
	let working = true;
	const work = () => {
		const until = performance.now() + PIECE_MS;
		while (performance.now() < until);
		if (working) setTimeout(work, PIECE_MS);
	};
	work();
	return () => {
		working = false;
	};
}
