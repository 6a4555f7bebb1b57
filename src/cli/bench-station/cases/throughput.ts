/** The whole pipeline beside the bare model and beside a peer in Python, all taking turns of a second. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../../base/errors.ts';
import { type Model, openModel, Tensor } from '../../../inference/model.ts';
import type { BenchCase } from '../../../pipeline/bench-case.ts';
import type { BenchBundle } from '../bench-bundle.ts';
import { Conversation } from '../conversation.ts';
import { framesOf } from '../frames.ts';
import { medianOf, type Spread } from '../percentiles.ts';
import { StationUnderTest } from '../station-under-test.ts';
import { type CaseContext, stated, within } from './case.ts';

const PEER = fileURLToPath(new URL('../../../../bench/station_peer.py', import.meta.url));
/** How the peer makes parts durable: in groups as Andon does, or each before the next. */
const COMMITS = ['group', 'part'] as const;
const WARM_UP_MS = 1500;

/** Somebody who inspects when it is his turn. @returns parts per second */
type Turn = (ms: number) => Promise<number>;

interface PeerFigures {
	readonly beyondMs: Omit<Spread, 'max'>;
	readonly durableMs: Omit<Spread, 'max'>;
	readonly mebibytes: number;
}

export async function throughput(bundle: BenchBundle, context: CaseContext): Promise<BenchCase[]> {
	const { broker, threads } = context;
	const frames = framesOf(bundle);
	const model = await openModel(bundle.model, { threads, spinning: false });
	const station = await StationUnderTest.start(bundle, { threads, broker: broker.url });
	const peers = await Promise.all(COMMITS.map((commit) => startPeer(commit, bundle, frames, context)));
	try {
		const bare = bareTurn(model, bundle.side, frames);
		const ours: Turn = async (ms) => (await station.inspect(ms)).perSecond;
		await station.inspect(WARM_UP_MS, false);
		await bare(WARM_UP_MS);
		for (const { turn } of peers) await turn?.(WARM_UP_MS);
		const rates = await takeTurns([bare, ours, ...peers.map(({ turn }) => turn)], bundle.name, context);
		const figures = await station.figures();
		const memory =
			figures.supervisorMebibytes + figures.inspectorMebibytes.reduce((sum, mebibytes) => sum + mebibytes, 0);
		const { name } = bundle;
		const { beyondMs, durableMs, loopDelayMs, reasons } = figures;
		const cases = [
			compare(name, 'parts per second', rates[1], rates[0], 'bare session.run'),
			within(name, 'ms from frame to verdict beyond session.run, median', beyondMs.p50, 1.5),
			within(name, 'ms from frame to verdict beyond session.run, p99', beyondMs.p99, 5),
			within(name, 'ms from verdict to durable, p99', durableMs.p99, 25),
			within(name, 'ms that the event loop of the supervisor is late, p99', loopDelayMs.p99, 10),
			within(
				name,
				'parts late or missed',
				Object.values(reasons).reduce((sum, n) => sum + n, 0),
				0,
			),
			stated(name, 'MiB of the supervisor', figures.supervisorMebibytes),
			stated(name, 'MiB of the inspector', figures.inspectorMebibytes[0]),
		];
		for (const [i, peer] of peers.entries()) {
			const beside = `Python, ${COMMITS[i]} commit`;
			cases.push(
				...(await besidePeer(name, beside, peer, { rate: rates[1], memory, beyond: beyondMs.p99 }, rates[2 + i])),
			);
		}
		return cases;
	} finally {
		await model.close();
		await station.stop();
		for (const { talk } of peers) await talk?.end();
	}
}

/** Everybody in turn, again and again. @returns parts per second of each, turn by turn */
async function takeTurns(
	turns: readonly (Turn | undefined)[],
	name: string,
	{ rounds, sliceMs, progress }: CaseContext,
): Promise<number[][]> {
	const rates: number[][] = turns.map(() => []);
	for (let round = 0; round < rounds; round++) {
		for (const [i, turn] of turns.entries()) if (turn) rates[i].push(await turn(sliceMs));
		progress.update(round + 1, rounds, `rounds of ${name}`);
	}
	return rates;
}

function bareTurn(model: Model, side: number, frames: readonly Uint8Array[]): Turn {
	const feeds = frames.map((frame) => ({ image: new Tensor('uint8', frame, [1, side, side, 1]) }));
	return async (ms) => {
		const startedAt = performance.now();
		let parts = 0;
		while (performance.now() - startedAt < ms) await model.run(feeds[parts++ % feeds.length]);
		return (1000 * parts) / (performance.now() - startedAt);
	};
}

interface Peer {
	readonly turn?: Turn;
	readonly talk?: Conversation;
	/** Why there is none. */
	readonly missing?: string;
}

async function startPeer(
	commit: (typeof COMMITS)[number],
	{ name, model, side, threshold }: BenchBundle,
	frames: readonly Uint8Array[],
	{ folder, broker, threads, python }: CaseContext,
): Promise<Peer> {
	const place = join(folder, `${side}-${commit}`);
	await writeFile(`${place}.onnx`, model);
	await writeFile(`${place}.bin`, Buffer.concat(frames));
	const { port } = broker;
	const paths = { model: `${place}.onnx`, frames: `${place}.bin`, store: `${place}.db` };
	const ask = { ...paths, side, threads, threshold, host: '127.0.0.1', port, commit, name };
	const program = existsSync(python) ? resolve(python) : python;
	const talk = new Conversation(program, [PEER, JSON.stringify(ask)]);
	try {
		await talk.hear();
	} catch (error) {
		await talk.end();
		return { missing: messageOf(error) };
	}
	const turn: Turn = async (slice) => {
		const { parts, ms } = await talk.ask<{ parts: number; ms: number }>({ slice });
		return (1000 * parts) / ms;
	};
	return { turn, talk };
}

/** The middle of what each round says, since the host is another one in every second. */
function compare(
	name: string,
	metric: string,
	ours: readonly number[],
	peer: readonly number[],
	beside: string,
): BenchCase {
	const ratio = medianOf(ours.map((rate, round) => rate / peer[round]));
	return { name: `station ${name}`, metric, ours: medianOf(ours), peer: medianOf(peer), ratio, beside };
}

async function besidePeer(
	name: string,
	beside: string,
	{ talk, missing }: Peer,
	ours: { readonly rate: readonly number[]; readonly memory: number; readonly beyond: number },
	rates: readonly number[],
): Promise<BenchCase[]> {
	const absent = (metric: string, value: number): BenchCase => ({
		name: `station ${name}`,
		metric,
		ours: value,
		peer: null,
		ratio: null,
		beside,
		missing,
	});
	const figures = talk && (await talk.ask<PeerFigures>({ end: true }));
	if (!figures) return [absent('parts per second', medianOf(ours.rate)), absent('MiB', ours.memory)];
	const smaller = (metric: string, value: number, peer: number): BenchCase => ({
		name: `station ${name}`,
		metric,
		ours: value,
		peer,
		ratio: peer / value,
		beside,
	});
	return [
		compare(name, 'parts per second', ours.rate, rates, beside),
		smaller('MiB, all processes', ours.memory, figures.mebibytes),
		smaller('ms from frame to verdict beyond session.run, p99', ours.beyond, figures.beyondMs.p99),
	];
}
