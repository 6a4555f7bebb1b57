import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { monotonicMs } from '../../../src/base/clock.ts';
import { freePort } from '../../../src/base/local-port.ts';
import { connectModbus } from '../../../src/station/outputs/modbus/modbus-peer.ts';
import { ModbusServer } from '../../support/modbus-server.ts';
import { outputsOf } from '../../support/outputs.ts';
import { withoutPython } from '../../support/python.ts';

async function plcOf(t: { teardown(end: () => Promise<void>): void }) {
	const plc = await new ModbusServer(await freePort()).start();
	t.teardown(() => plc.stop());
	return { plc, peer: { output: 'modbus', host: '127.0.0.1', port: plc.port, timeoutMs: 200, checkMs: 100 } };
}

t.test('a register takes its own values, a coil may be inverted, and each begins and ends at rest', async (t) => {
	const { plc, peer } = await plcOf(t);
	const { outputs, trigger, decide } = outputsOf([
		{ ...peer, id: 'gate', register: 4, onValue: 700, offValue: 7, pulseMs: 20 },
		{ ...peer, id: 'lamp', coil: 1, inverted: true, pulseMs: 20, drives: 'pass' },
	]);
	await outputs.start();
	t.same([plc.registers[4], plc.coils[1]], [7, true]);
	decide(trigger(), 'reject');
	decide(trigger(), 'pass');
	await sleep(100);
	await outputs.stop();
	const of = (address: number) => plc.written.filter((one) => one.address === address).map(({ value }) => value);
	t.same(of(4), [7, 700, 7, 7]);
	t.same(of(1), [true, false, true, true]);
	t.match(outputs.states(), [
		{ id: 'gate', target: /register 4$/, passed: 1, rejected: 1, driven: 1 },
		{ id: 'lamp', target: /coil 1$/, passed: 1, rejected: 1, driven: 1 },
	]);
});

t.test('pulses that overlap become one, or are told apart by a gap', async (t) => {
	const { plc, peer } = await plcOf(t);
	const { outputs, trigger, decide } = outputsOf([
		{ ...peer, id: 'long', coil: 0, pulseMs: 300 },
		{ ...peer, id: 'apart', coil: 1, pulseMs: 300, overlap: 'split', gapMs: 10 },
	]);
	await outputs.start();
	for (let i = 0; i < 3; i++) {
		decide(trigger(), 'reject');
		await sleep(40);
	}
	await outputs.stop();
	const long = plc.edges(0);
	t.equal(long.off.filter((at) => at > long.on[0] && at < long.on.at(-1)!).length, 0, 'never off in between');
	t.ok(long.off.find((at) => at > long.on[0])! - long.on[0] > 360, 'as long as three pulses that overlap');
	const apart = plc.edges(1);
	t.equal(apart.on.length, 3);
	t.equal(apart.off.filter((at) => at > apart.on[0] && at < apart.on[2]).length, 2, 'off before each next one');
	t.match(outputs.states(), [{ overlaps: 2 }, { overlaps: 2 }]);
});

t.test('a diverter that stays on lets go only when what came by uninspected has gone past', async (t) => {
	const { plc, peer } = await plcOf(t);
	const gate = { ...peer, id: 'gate', coil: 3, whenStopped: 'on', travel: { ms: 200 } };
	const { outputs, look, until } = outputsOf([gate]);
	await outputs.start();
	t.equal(plc.coils[3], true);
	const lets = async () => {
		const since = monotonicMs();
		look('running');
		await until(() => !plc.coils[3]);
		return monotonicMs() - since;
	};
	t.ok((await lets()) >= 199, 'the belt from camera to output is not known at the start');
	look('restarting');
	await until(() => plc.coils[3]);
	const cleared = lets();
	await sleep(100);
	// Gone again before the first gap was past.
	look('restarting');
	await sleep(150);
	t.equal(plc.coils[3], true);
	look('running');
	t.ok((await cleared) >= 449);
	await outputs.stop();
	t.equal(plc.coils[3], true);
});

t.test(
	'a PLC that goes away is a fault before the next part comes, and has the right level when it is back',
	async (t) => {
		const { plc, peer } = await plcOf(t);
		const { outputs, alerts, trigger, decide, until, look } = outputsOf([
			{ ...peer, id: 'ejector', coil: 2 },
			{ ...peer, id: 'gate', coil: 3, whenStopped: 'on' },
		]);
		const faults = () => outputs.states().flatMap(({ fault }) => fault ?? []);
		await outputs.start();
		look('running');
		await until(() => !plc.coils[3]);
		await plc.stop();
		await until(() => faults().length === 2);
		t.match(faults()[0], { code: 'OUTPUT_UNAVAILABLE', message: /to answer, found .*Check its power/ });
		decide(trigger(), 'reject');
		await until(() => outputs.states()[0].missed === 1);
		t.match(alerts, [
			{
				kind: 'station',
				code: 'OUTPUT_UNAVAILABLE',
				output: 'ejector',
				partId: 'part-1',
				message: /was not driven for part part-1/,
			},
			{ output: 'gate' },
		]);
		look('restarting');
		await plc.start();
		await until(() => faults().length === 0);
		t.equal(plc.coils[3], true, 'the level that it should have by now');
		await outputs.stop();
	},
);

t.test('a PLC that refuses, or answers too late, is a fault in words', async (t) => {
	const { plc, peer } = await plcOf(t);
	const { outputs, pauses, trigger, decide, until } = outputsOf([
		{ ...peer, id: 'ejector', coil: 2, stopOnFault: true },
	]);
	await outputs.start();
	plc.refusal = 2;
	decide(trigger(), 'reject');
	await until(() => outputs.states()[0].missed === 1);
	t.match(outputs.states()[0].fault?.message, /exception 2: it has no such address.*counts? from 0|they count from 0/);
	t.match(pauses, [/the output ejector cannot be driven/]);
	t.equal(pauses.length, 1, 'once');
	plc.refusal = undefined;
	await until(() => outputs.states()[0].fault === undefined);
	plc.delayMs = 400;
	decide(trigger(), 'reject');
	await until(() => outputs.states()[0].missed === 2);
	t.match(outputs.states()[0].fault?.message, /[Tt]imed out/);
	plc.delayMs = 0;
	await outputs.stop();
});

t.test(
	'an encoder in registers carries parts, rolls over, and is synchronised anew when it jumps or was away',
	async (t) => {
		const { plc, peer } = await plcOf(t);
		const { output: _, checkMs: __, ...host } = peer;
		const encoder = { source: 'modbus', ...host, address: 8, bits: 16, pollMs: 5, fastest: 20_000, countsPerMm: 10 };
		// 20 mm = 200 counts.
		const { outputs, trigger, decide, until } = outputsOf([
			{ ...peer, id: 'ejector', coil: 2, pulseMs: 5, travel: { mm: 20, tolerance: 20 }, encoder },
		]);
		plc.registers[8] = 65_500;
		await outputs.start();
		const state = () => outputs.states()[0];
		const run = async (counts: number) => {
			for (let i = 0; i < counts; i += 10) {
				plc.registers[8] = (plc.registers[8] + 10) % 65_536;
				await sleep(5);
			}
			await sleep(30);
		};
		await run(50);
		const [bad, good] = [trigger(), trigger()];
		decide(bad, 'reject');
		decide(good, 'pass');
		await run(100);
		await sleep(50);
		t.equal(plc.edges(2).on.length, 0, 'half way, and the belt stands');
		await run(120);
		await until(() => plc.edges(2).on.length === 1);
		t.match(state(), { passed: 1, rejected: 1, driven: 1, encoder: { jumps: 0 } });
		t.ok(Math.abs(state().encoder!.position! - 270) < 15, `over the end of 16 bits: ${state().encoder!.position}`);

		const lost = trigger();
		decide(lost, 'pass');
		await run(50);
		plc.registers[8] = 30_000;
		await until(() => state().encoder!.jumps === 1);
		await run(260);
		await until(() => state().driven === 2);
		t.match(state(), { overruled: 1, rejected: 2 });

		await plc.stop();
		await until(() => state().fault !== undefined);
		t.match(state().fault, { code: 'OUTPUT_UNAVAILABLE' });
		await plc.start();
		await until(() => state().fault === undefined);
		decide(trigger(), 'pass');
		await run(260);
		t.match(state(), { passed: 2, inTransit: 0 });
		await outputs.stop();
	},
);

const PYMODBUS = fileURLToPath(new URL('../../support/pymodbus-server.py', import.meta.url));

t.test('pymodbus takes our coils and registers, and we read its', { skip: withoutPython('pymodbus') }, async (t) => {
	const port = await freePort();
	const server = spawn(process.env.ANDON_PYTHON!, [PYMODBUS, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
	t.teardown(() => server.kill());
	await listening(server);
	const { outputs, trigger, decide } = outputsOf([
		{ output: 'modbus', host: '127.0.0.1', port, id: 'ejector', coil: 5, pulseMs: 30, whenStopped: 'on' },
		{ output: 'modbus', host: '127.0.0.1', port, id: 'gate', register: 6, onValue: 4242 },
	]);
	await outputs.start();
	const peer = await connectModbus({ host: '127.0.0.1', port, unit: 1, timeoutMs: 1000 }, () => {});
	t.equal(await peer.readCoil(5), true, 'its level at rest');
	decide(trigger(), 'reject');
	await sleep(15);
	t.same(await peer.readRegisters('holding', 6, 1), [4242]);
	await sleep(100);
	t.same(await peer.readRegisters('holding', 6, 1), [0]);
	t.same(await peer.readRegisters('input', 3, 2), [17, 17], 'as the server was set up');
	await t.rejects(peer.readCoil(40_000), { code: 'OUTPUT_UNAVAILABLE', message: /exception 2/ });
	t.match(outputs.states(), [{ driven: 1 }, { driven: 1 }]);
	peer.close();
	await outputs.stop();
});

async function listening(server: ChildProcess): Promise<void> {
	await once(server.stdout!, 'data');
}
