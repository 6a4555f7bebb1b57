import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { stringify } from 'yaml';
import { hashOfConfig, readPassword, readStationConfig } from '../../src/station/config.ts';
import { stationJsonSchema } from '../../src/station/config-schema.ts';

const minimal = { station: 'line-1', bundle: 'bundles/tiles', cameras: [{ id: 'top', source: 'simulator' }] };

t.test('the smallest file gets safe defaults, and paths relative to it', async (t) => {
	const dir = t.testdir({ 'station.yaml': stringify(minimal) });
	const config = await readStationConfig(join(dir, 'station.yaml'));
	t.match(config, {
		bundle: join(dir, 'bundles/tiles'),
		store: { path: join(dir, 'andon.db') },
		console: { host: '127.0.0.1', port: 8080 },
		mqtt: { prefix: 'andon', protocolVersion: 5 },
		provider: 'cpu',
		onNotInspected: 'reject',
	});
	t.equal(hashOfConfig(config), hashOfConfig(await readStationConfig(join(dir, 'station.yaml'))));
});

t.test('whatever is wrong is named by its path', async (t) => {
	const wrong: [object, RegExp][] = [
		[{ ...minimal, colour: 'red' }, /"colour"/],
		[{ ...minimal, cameras: [{ id: 'top', source: 'simulator', fsp: 5 }] }, /cameras\.0.*"fsp"/],
		[{ ...minimal, cameras: [{ id: 'top', source: 'telescope' }] }, /cameras\.0\.source/],
		[{ ...minimal, cameras: [{ id: 'top', source: 'folder' }] }, /cameras\.0\.path/],
		[{ ...minimal, cameras: [] }, /cameras/],
		[{ ...minimal, cameras: [minimal.cameras[0], minimal.cameras[0]] }, /every id once/],
		[{ ...minimal, station: 'a/b' }, /station/],
		[{ ...minimal, mqtt: { url: 'http://broker' } }, /mqtt\.url/],
		[{ ...minimal, mqtt: { url: 'mqtt://me:secret@broker' } }, /passwordFile/],
		[{ ...minimal, mqtt: { url: 'mqtt://broker', embedded: {} } }, /mqtt\.embedded/],
		[{ ...minimal, mqtt: { embedded: { host: '0.0.0.0' } } }, /mqtt\.embedded\.host/],
		[{ ...minimal, mqtt: { prefix: 'a/#' } }, /mqtt\.prefix/],
		[{ ...minimal, deadlineMs: '1s' }, /deadlineMs/],
		[{ ...minimal, holdBand: { below: 2, above: 0 } }, /holdBand\.below/],
		[{ ...minimal, provider: 'gpu' }, /provider/],
		[{ ...minimal, decision: { severity: ['defect if area > 2'] } }, /decision\.severity\.0: .* at character 19/],
		[{ ...minimal, decision: { severity: ['ok if count < 2'] } }, /decision\.severity\.0: .*allowRelaxing/],
		[{ ...minimal, decision: { severity: ['defect if area > 2 mm²'] } }, /cameras\.0\.mmPerPixel: expected a scale/],
		[{ ...minimal, decision: { mmPerPixel: 0 } }, /decision\.mmPerPixel/],
		[[], /top level/],
	];
	const file = join(t.testdir(), 'station.yaml');
	for (const [content, words] of wrong) {
		await writeFile(file, stringify(content));
		await t.rejects(readStationConfig(file), { code: 'CONFIG_INVALID', message: words });
	}
	t.notMatch(await readStationConfig(file).catch(String), /secret/);
});

t.test('a file that is no YAML, a bomb of aliases, or missing is refused', async (t) => {
	const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((k, i) => `${k}: &${k} [${Array(10).fill(`*${'abcdefgh'[i]}`)}]`).join('\n')}`;
	const dir = t.testdir({ 'broken.yaml': 'station: [', 'bomb.yaml': bomb, 'empty.yaml': '' });
	for (const name of ['broken.yaml', 'bomb.yaml', 'empty.yaml'])
		await t.rejects(readStationConfig(join(dir, name)), { code: 'CONFIG_INVALID' });
	await t.rejects(readStationConfig(join(dir, 'missing.yaml')), { code: 'FILE_UNREADABLE' });
});

t.test('a password comes from its file alone', async (t) => {
	const dir = t.testdir({ secret: 'pass word\n' });
	const mqtt = { prefix: 'andon', protocolVersion: 5 } as const;
	t.equal(await readPassword({ ...mqtt, passwordFile: join(dir, 'secret') }), 'pass word');
	t.equal(await readPassword(mqtt), undefined);
	await t.rejects(readPassword({ ...mqtt, passwordFile: join(dir, 'missing') }), { code: 'FILE_UNREADABLE' });
});

t.test('docs/station.schema.json is the schema in force', async (t) => {
	const file = fileURLToPath(new URL('../../docs/station.schema.json', import.meta.url));
	t.same(JSON.parse(await readFile(file, 'utf8')), stationJsonSchema());
});
