import t from 'tap';
import { monotonicMs } from '../../../src/base/clock.ts';
import type { Camera, Shot } from '../../../src/station/cameras/camera.ts';
import { GoldenDesk } from '../../../src/station/inspector/golden-desk.ts';
import { Intake } from '../../../src/station/inspector/intake.ts';
import type { LoadedRecipe } from '../../../src/station/inspector/loaded-recipe.ts';

/** A camera that delivers what the test hands it. */
class ScriptedCamera implements Camera {
	readonly patient: boolean;
	readonly paused: boolean[] = [];
	asked = 0;
	#ready: (Shot | undefined | Error)[] = [];
	#wake: (() => void) | undefined;

	constructor(patient: boolean) {
		this.patient = patient;
	}

	deliver(...shots: (Shot | undefined | Error)[]): void {
		this.#ready.push(...shots);
		this.#wake?.();
	}

	async start(): Promise<void> {}
	async stop(): Promise<void> {}

	pause(paused: boolean): void {
		this.paused.push(paused);
	}

	async next(signal: AbortSignal): Promise<Shot | undefined> {
		this.asked++;
		while (this.#ready.length === 0)
			await new Promise<void>((resolve, reject) => {
				this.#wake = resolve;
				signal.addEventListener('abort', () => reject(signal.reason), { once: true });
			});
		const next = this.#ready.shift();
		if (next instanceof Error) throw next;
		return next;
	}
}

function shotOf(partId: string): Shot {
	const read = () => Promise.reject(new Error('never read here'));
	const at = { acquiredAt: new Date().toISOString(), monotonicMs: monotonicMs() };
	return { partId, cursor: undefined, ...at, simulated: true, read };
}

/** Nothing of it is looked at here. */
const recipe = { scope: 'bright' } as LoadedRecipe;
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

async function opened(patient: boolean, limit = 2, paused = false) {
	const camera = new ScriptedCamera(patient);
	const told: string[] = [];
	const intake = new Intake(
		camera,
		{ sequence: 5, limit, paused, golden: new GoldenDesk(), recipe: () => recipe },
		{
			named: async ({ sequence, shot }) => void told.push(`named ${sequence} ${shot.partId}`),
			refused: async ({ sequence }, { code }) => void told.push(`refused ${sequence} ${code}`),
			ended: async () => void told.push('ended'),
		},
	);
	await intake.start();
	return { camera, intake, told };
}

t.test('a camera that does not wait: every part is named at once, and one beyond the limit is refused', async (t) => {
	const { camera, intake, told } = await opened(false);
	camera.deliver(shotOf('a'), shotOf('b'), shotOf('c'), shotOf('d'));
	await turn();
	t.same(told, ['named 5 a', 'named 6 b', 'named 7 c', 'refused 7 QUEUE_FULL', 'named 8 d', 'refused 8 QUEUE_FULL']);
	t.equal(intake.waiting, 2);
	t.match(await intake.next(), { sequence: 5, shot: { partId: 'a' } });
	camera.deliver(shotOf('e'));
	await turn();
	t.equal(told.at(-1), 'named 9 e', 'there is room again');
	await intake.stop();
});

t.test('parts that wait are handed out after a stop, and none is taken any more', async (t) => {
	const { camera, intake, told } = await opened(false);
	camera.deliver(shotOf('a'), shotOf('b'));
	await turn();
	await intake.stop();
	camera.deliver(shotOf('c'));
	t.match([await intake.next(), await intake.next(), await intake.next()], [
		{ sequence: 5 },
		{ sequence: 6 },
		undefined,
	] as never);
	t.same(told, ['named 5 a', 'named 6 b']);
});

t.test('a camera that waits is asked only when a part can be taken up, and not while paused', async (t) => {
	const { camera, intake, told } = await opened(true, 2, true);
	camera.deliver(shotOf('a'), shotOf('b'), undefined);
	const paused = intake.next();
	await turn();
	t.same([camera.asked, camera.paused], [0, [true]]);
	intake.pause(false);
	t.equal(await paused, undefined, 'the pause is over: look again');
	t.match(await intake.next(), { sequence: 5 });
	await turn();
	t.equal(camera.asked, 1);
	t.match(await intake.next(), { sequence: 6 });
	t.equal(await intake.next(), undefined);
	t.same(told, ['named 5 a', 'named 6 b', 'ended']);
	await intake.stop();
});

t.test('an interruption ends the waiting and consumes no part', async (t) => {
	for (const patient of [true, false]) {
		const { camera, intake } = await opened(patient);
		const waiting = intake.next();
		await turn();
		intake.interrupt();
		t.equal(await waiting, undefined);
		camera.deliver(shotOf('a'));
		await turn();
		t.match(await intake.next(), { sequence: 5, shot: { partId: 'a' } });
		await intake.stop();
	}
});

t.test('what ends the camera ends the taking, after the parts that it had given', async (t) => {
	for (const patient of [true, false]) {
		const { camera, intake } = await opened(patient);
		camera.deliver(shotOf('a'), new Error('unplugged'));
		await turn();
		t.match(await intake.next(), { sequence: 5 });
		await turn();
		await t.rejects(intake.next(), /unplugged/);
		await intake.stop();
	}
});
