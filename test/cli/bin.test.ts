/** The start script on the Node of the test, and on one that is too old. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import t from 'tap';
import { writeStationBundle } from '../support/station-bundle.ts';

const script = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

t.test('the start script runs the command line', async (t) => {
	const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
	t.equal(execFileSync(process.execPath, [script, '--version'], { encoding: 'utf8' }).trim(), version);
});

t.test('a Node that is too old gets one line with expected, found and what to do', async (t) => {
	for (const version of ['10.24.1', '20.20.2', '22.17.9']) {
		const { loaded, text, exitCode } = startOn(version);
		t.equal(exitCode, 1, version);
		t.notOk(await loaded, 'nothing else is loaded');
		t.equal(text.split('\n').length, 2, 'one line');
		t.match(text, new RegExp(`expected Node 22\\.18 or newer, found ${version.replaceAll('.', '\\.')}\\. Install`));
	}
});

t.test('a Node that is new enough goes on', async (t) => {
	for (const version of ['22.18.0', '24.0.0']) {
		const { loaded, text } = startOn(version);
		t.ok(await loaded, version);
		t.equal(text, '');
	}
});

t.test('it runs when it is installed as a package, with every process it starts', async (t) => {
	const copy = join(t.testdir(), 'node_modules', 'andon');
	for (const part of ['src', 'firmware-config', 'package.json'])
		cpSync(fileURLToPath(new URL(`../../${part}`, import.meta.url)), join(copy, part), { recursive: true });
	const bundle = await writeStationBundle(join(t.testdirName, 'bundle'));
	const run = (...args: string[]) =>
		JSON.parse(execFileSync(process.execPath, [join(copy, 'src/cli/bin.js'), ...args, '--json'], { encoding: 'utf8' }));
	t.match(run('demo', '--bundle', bundle, '--frames', '3', '--port', '0'), { inspections: 3, published: 3 });
});

const oldNode = '/usr/bin/node';
const [major] = (spawnSync(oldNode, ['--version'], { encoding: 'utf8' }).stdout ?? 'v99')
	.slice(1)
	.split('.')
	.map(Number);
const skip = major >= 22 ? `${oldNode} is not an old Node here` : false;
t.test('the old Node of this host says so', { skip }, async (t) => {
	const { status, stdout, stderr } = spawnSync(oldNode, [script, 'demo'], { encoding: 'utf8' });
	t.equal(status, 1);
	t.equal(stdout, '');
	t.match(stderr, /^andon: Node is too old: [^\n]+\n$/);
});

/** Runs the script's text with a pretended version of Node. */
function startOn(node: string) {
	let text = '';
	const process = {
		argv: ['node', script],
		versions: { node },
		exitCode: 0,
		stderr: { write: (part: string) => (text += part) },
	};
	const loads: string[] = [];
	const importModule = async (name: string) => loads.push(name);
	const source = readFileSync(script, 'utf8').replaceAll('import(', 'importModule(');
	new Script(source).runInNewContext({ process, importModule });
	const loaded = new Promise((resolve) => setImmediate(() => resolve(loads.includes('./andon.ts'))));
	return { text, loaded, exitCode: process.exitCode };
}
