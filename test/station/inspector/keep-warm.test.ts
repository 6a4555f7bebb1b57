import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { KeepWarm } from '../../../src/station/inspector/keep-warm.ts';

function counted(isBusy: () => boolean = () => false) {
	let runs = 0;
	const run = async () => {
		runs++;
		throw new Error('a model that fails is for the next part to tell');
	};
	return { kept: { run, isBusy }, runs: () => runs };
}

t.test('an idle model is run again and again', async (t) => {
	const { kept, runs } = counted();
	const warm = new KeepWarm(8, kept);
	while (runs() < 3) await sleep(2);
	warm.stop();
	const last = runs();
	await sleep(40);
	t.equal(runs(), last, 'and no more once it is stopped');
});

t.test('never while a part is worked on or waits, or when it may sleep', async (t) => {
	let busy = true;
	const waiting = counted(() => busy);
	const [kept, asleep] = [new KeepWarm(8, waiting.kept), counted()];
	new KeepWarm(0, asleep.kept);
	await sleep(40);
	t.same([waiting.runs(), asleep.runs()], [0, 0]);
	busy = false;
	const working = counted();
	const warm = new KeepWarm(8, working.kept);
	const before = await warm.during(async () => {
		const then = working.runs();
		await sleep(40);
		return working.runs() - then;
	});
	t.equal(before, 0);
	while (waiting.runs() === 0) await sleep(2);
	kept.stop();
	warm.stop();
});
