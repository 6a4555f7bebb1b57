import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { readStationConfig } from '../../../../src/station/config.ts';

t.test('a camera that waits for its software trigger needs a trigger that fires it', async (t) => {
	const file = join(t.testdir(), 'station.yaml');
	const read = async (camera: object) => {
		const cameras = [
			{ id: 'side', source: 'simulator' },
			{ id: 'top', source: 'genicam', ...camera },
		];
		await writeFile(file, stringify({ station: 'line', bundle: 'b', cameras }));
		return (await readStationConfig(file)).cameras[1];
	};
	const refused = { code: 'CONFIG_INVALID', message: /cameras\.1\.trigger\.on.*command.*found frame/ };
	await t.rejects(read({ deviceTrigger: 'software' }), refused);
	await t.rejects(read({ deviceTrigger: 'software', trigger: { on: 'part-present' } }), { code: 'CONFIG_INVALID' });
	t.match(await read({ deviceTrigger: 'software', trigger: { on: 'command' } }), { deviceTrigger: 'software' });
	t.match(await read({ deviceTrigger: { line: 'Line1' } }), {
		deviceTrigger: { line: 'Line1', selector: 'FrameStart', activation: 'RisingEdge' },
		trigger: { on: 'frame' },
	});
});
