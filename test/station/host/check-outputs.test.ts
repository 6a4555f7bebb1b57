import t from 'tap';
import { freePort } from '../../../src/base/local-port.ts';
import { checkOutputs } from '../../../src/station/host/check-outputs.ts';
import { outputSchema } from '../../../src/station/outputs/index.ts';
import { ModbusServer } from '../../support/modbus-server.ts';

t.test('the doctor asks for outputs and encoders, and drives nothing', async (t) => {
	const plc = await new ModbusServer(await freePort()).start();
	t.teardown(() => plc.stop());
	const peer = { host: '127.0.0.1', port: plc.port };
	const encoder = { source: 'modbus', ...peer, address: 2, fastest: 1000 };
	const outputs = [
		{ id: 'ejector', output: 'modbus', ...peer, coil: 3, travel: { counts: 100 }, encoder },
		{ id: 'gate', output: 'modbus', ...peer, port: await freePort(), register: 4 },
		{ id: 'valve', output: 'gpio', chip: 'gpiochip77', line: 1 },
		{ id: 'plc', output: 'mqtt' },
	].map((output) => outputSchema.parse(output));
	const findings = await checkOutputs(outputs);
	t.match(findings, [
		{ name: 'output ejector', status: 'ok', found: /127\.0\.0\.1:\d+ unit 1 answers/ },
		{ name: 'encoder of ejector', status: 'ok' },
		{ name: 'output gate', status: 'fail', found: /ECONNREFUSED/, fix: /Check its power/ },
		{ name: 'output valve', status: 'fail', expected: /gpio/i, fix: /gpiodetect|apt install/ },
	]);
	t.equal(findings.length, 4, 'messages go to the broker, which is looked at by itself');
	t.same(plc.written, []);
});
