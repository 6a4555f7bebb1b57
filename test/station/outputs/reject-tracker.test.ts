import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { monotonicMs } from '../../../src/base/clock.ts';
import { AndonError } from '../../../src/base/errors.ts';
import { EncoderBelt, type EncoderEvents } from '../../../src/station/outputs/belts/encoder-belt.ts';
import { TimeBelt } from '../../../src/station/outputs/belts/time-belt.ts';
import type { DrivenPart } from '../../../src/station/outputs/output.ts';
import { RejectTracker, type TrackerOptions } from '../../../src/station/outputs/reject-tracker.ts';

const usual: TrackerOptions = {
	drives: 'reject',
	heldElsewhere: false,
	travel: { length: 150, tolerance: 2000 },
	decideMs: 150,
	onNotInspected: 'reject',
	whenUnrecorded: 'reject',
	ahead: false,
};

function tracked(options: Partial<TrackerOptions> = {}, belt: TimeBelt | EncoderBelt = new TimeBelt()) {
	const driven: (DrivenPart & { at: number })[] = [];
	const missed: string[] = [];
	const world = { storeFault: undefined as string | undefined, broken: false };
	const tracker = new RejectTracker(
		belt,
		{ ...usual, ...options },
		{
			drive: async (part) => {
				if (world.broken) throw new Error('the coil is burnt');
				driven.push({ ...part, at: monotonicMs() });
			},
			missed: ({ sequence }, why) => missed.push(`${sequence}: ${why}`),
			storeFault: () => world.storeFault,
		},
	);
	const part = (sequence: number, at = monotonicMs()) => ({
		camera: 'cam',
		sequence,
		resultId: `r-${sequence}`,
		monotonicMs: at,
	});
	return { tracker, driven, missed, world, part };
}

/** An encoder that counts when it is told to. */
function scripted() {
	let events!: EncoderEvents;
	let changes = 0;
	const source = {
		start: async (given: EncoderEvents) => {
			events = given;
		},
		stop: async () => {},
	};
	const belt = new EncoderBelt(source, () => changes++);
	/** So many steps, one every 5 ms. */
	const run = async (steps: number, counts: number) => {
		for (let i = 0; i < steps; i++) {
			await sleep(5);
			events.moved(monotonicMs(), counts);
		}
	};
	return { belt, run, events: () => events, changes: () => changes };
}

t.test('a part is judged when it arrives: only a sound verdict lets it pass', async (t) => {
	const { tracker, driven, part } = tracked();
	const start = monotonicMs();
	const parts = [1, 2, 3, 4].map((sequence) => part(sequence, start + sequence * 10));
	for (const one of parts) tracker.acquired(one);
	t.equal(tracker.inTransit, 4);
	t.notOk(tracker.decided(parts[0], 'pass'));
	t.notOk(tracker.decided(parts[1], 'reject'));
	t.notOk(tracker.decided(parts[2], 'hold'));
	t.equal(driven.length, 0, 'nothing is driven before a part is there');
	await sleep(400);
	t.same(
		driven.map(({ sequence, disposition, reason }) => [sequence, disposition, reason]),
		[
			[2, 'reject', undefined],
			[3, 'hold', undefined],
			[4, 'reject', 'no verdict had come'],
		],
	);
	for (const { at, sequence } of driven)
		t.ok(at >= start + sequence * 10 + 150, `part ${sequence} not before it was there`);
	t.ok(tracker.decided(parts[3], 'pass'), 'the verdict of the fourth came too late');
	t.match(tracker.counters(), { passed: 1, rejected: 2, held: 1, late: 1, driven: 3, missed: 0 });
	t.equal(tracker.inTransit, 0);
});

t.test(
	'held parts go to their own output, and an output that says pass stays silent for everything else',
	async (t) => {
		const apart = tracked({ heldElsewhere: true });
		const holding = tracked({ drives: 'hold' });
		const passing = tracked({ drives: 'pass' });
		for (const { tracker, part } of [apart, holding, passing])
			for (const [i, disposition] of (['pass', 'reject', 'hold'] as const).entries())
				tracker.decided(part(i + 1), disposition);
		passing.tracker.acquired(passing.part(4));
		await sleep(300);
		t.same(
			apart.driven.map(({ sequence }) => sequence),
			[2],
		);
		t.same(
			holding.driven.map(({ sequence }) => sequence),
			[3],
		);
		t.same(
			passing.driven.map(({ sequence }) => sequence),
			[1],
			'not for the part without a verdict',
		);
	},
);

t.test('without travel it is driven as soon as the part is decided, or when that takes too long', async (t) => {
	const { tracker, driven, part } = tracked({ travel: undefined });
	const first = part(1);
	tracker.acquired(first);
	tracker.acquired(part(2));
	tracker.decided(first, 'reject');
	t.same(
		driven.map(({ sequence }) => sequence),
		[1],
	);
	await sleep(300);
	t.same(
		driven.map(({ sequence }) => sequence),
		[1, 2],
	);
});

t.test('a channel that wants to know ahead is told once, with the time that is left', async (t) => {
	const { tracker, driven, part } = tracked({ ahead: true });
	const [bad, good, silent] = [part(1), part(2), part(3)];
	for (const one of [bad, good, silent]) tracker.acquired(one);
	tracker.decided(bad, 'reject');
	tracker.decided(good, 'pass');
	t.equal(driven.length, 1);
	t.ok(driven[0].inMs! > 0 && driven[0].inMs! <= 150, `${driven[0].inMs} ms`);
	await sleep(300);
	t.same(
		driven.map(({ sequence }) => sequence),
		[1, 3],
		'the one without a verdict is told of when it is there',
	);
});

t.test('a sound part whose record cannot be made durable does not pass, unless that was chosen', async (t) => {
	const strict = tracked();
	const lenient = tracked({ whenUnrecorded: 'pass' });
	for (const { tracker, part, world } of [strict, lenient]) {
		world.storeFault = 'the disk is full';
		for (const sequence of [1, 2]) tracker.decided(part(sequence), 'pass');
		tracker.recorded({ camera: 'cam', sequence: 1 });
	}
	await sleep(300);
	t.same(
		strict.driven.map(({ sequence, reason }) => [sequence, reason]),
		[[2, 'it could not be recorded: the disk is full']],
	);
	t.match(strict.tracker.counters(), { passed: 1, rejected: 1, overruled: 1, late: 0 });
	t.same(lenient.driven, []);
});

t.test('a part that is noticed when it has gone by is missed, and so is one that the output fails for', async (t) => {
	const { tracker, driven, missed, world, part } = tracked({ travel: { length: 150, tolerance: 500 } });
	tracker.decided(part(1, monotonicMs() - 1000), 'reject');
	t.match(missed, [/^1: .*after it had gone by/]);
	world.broken = true;
	tracker.decided(part(2), 'reject');
	await sleep(300);
	t.match(missed[1], /^2: the coil is burnt/);
	t.same(driven, []);
	t.match(tracker.counters(), { missed: 2, driven: 0 });
});

t.test('with an encoder a part arrives when the belt has carried it there, however long it stands', async (t) => {
	const { belt, run } = scripted();
	await belt.start();
	const { tracker, driven, part } = tracked({ travel: { length: 100, tolerance: 5 } }, belt);
	await run(10, 10);
	const one = part(1);
	tracker.acquired(one);
	tracker.decided(one, 'reject');
	await run(8, 10);
	await sleep(100);
	t.equal(driven.length, 0, 'the belt stands before the output');
	t.match(belt.state(), { perSecond: 0 });
	await run(4, 10);
	t.equal(driven.length, 1);
	t.match(belt.state(), { position: Number, jumps: 0 });
	await belt.stop();
});

t.test('the count at a trigger is looked up where the belt was then, not where it is by now', async (t) => {
	const { belt, events } = scripted();
	await belt.start();
	const start = monotonicMs() + 1;
	for (let i = 0; i <= 100; i++) events().moved(start + i, 2);
	t.equal(Math.round(belt.positionAt(start + 50)), 102);
	t.equal(Math.round(belt.positionAt(start + 50.5)), 103);
	t.equal(belt.positionAt(start - 1000), 0);
	await belt.stop();
});

t.test('between two samples of a moving belt the moment is foreseen', async (t) => {
	const { belt, events } = scripted();
	await belt.start();
	// A count per ms, sampled every 50 ms.
	for (let i = 0; i < 4; i++) {
		await sleep(50);
		events().moved(monotonicMs(), 50);
	}
	const start = monotonicMs();
	const reached: number[] = [];
	belt.reach(220, () => reached.push(monotonicMs() - start));
	t.equal(reached.length, 0);
	// No further sample comes.
	while (reached.length === 0) await sleep(1);
	t.ok(reached[0] > 10, `after ${reached[0]} ms`);
	await belt.stop();
});

t.test(
	'when the encoder jumps, parts in transit are rejected near their place, and later ones are followed again',
	async (t) => {
		const { belt, events, run } = scripted();
		await belt.start();
		const { tracker, driven, part } = tracked({ travel: { length: 100, tolerance: 50 } }, belt);
		await run(5, 10);
		const [before, after] = [part(1), part(2)];
		tracker.acquired(before);
		tracker.decided(before, 'pass');
		await run(3, 10);
		events().jumped(monotonicMs(), 'the encoder jumped from 50 to 7');
		tracker.acquired(after);
		tracker.decided(after, 'pass');
		await run(14, 10);
		t.same(
			driven.map(({ sequence, reason }) => [sequence, reason]),
			[[1, 'the encoder jumped from 50 to 7']],
		);
		t.match(tracker.counters(), { passed: 1, rejected: 1, overruled: 1 });
		t.equal(belt.state().jumps, 1);
		await belt.stop();
	},
);

t.test('while the encoder is lost, the belt is taken to run on, and nothing passes that was in transit', async (t) => {
	const { belt, events, changes, run } = scripted();
	await belt.start();
	const { tracker, driven, part } = tracked({ travel: { length: 100, tolerance: 500 } }, belt);
	await run(20, 5);
	const start = monotonicMs();
	const one = part(1);
	tracker.acquired(one);
	tracker.decided(one, 'pass');
	const facts = { expected: 'the encoder', found: 'nothing', fix: 'Plug it in.' };
	events().lost(new AndonError('OUTPUT_UNAVAILABLE', facts));
	t.match(belt.state().fault?.message, /Plug it in/);
	const msPerCount = 1000 / belt.state().perSecond!;
	while (driven.length === 0) await sleep(1);
	t.same(
		driven.map(({ sequence, reason }) => [sequence, reason]),
		[[1, 'the encoder was lost']],
	);
	const late = driven[0].at - start;
	t.ok(late >= 70 * msPerCount, `100 counts at ${msPerCount} ms a count: ${late}`);
	events().back(monotonicMs());
	t.equal(belt.state().fault, undefined);
	t.equal(changes(), 2);
	await belt.stop();
});
