/** The start script on the Node of the test, and on one that is too old. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import t from 'tap';

const script = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

t.test('the start script runs the command line', async (t) => {
	const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
	t.equal(execFileSync(process.execPath, [script, '--version'], { encoding: 'utf8' }).trim(), version);
});

t.test('a Node that is too old gets one line with expected, found and what to do', async (t) => {
	for (const version of ['10.24.1', '20.20.2', '22.17.9']) {
		const { loaded, text, exitCode } = startOn(version);
		t.equal(exitCode, 1, version);
		t.notOk(loaded, 'nothing else is loaded');
		t.equal(text.split('\n').length, 2, 'one line');
		t.match(text, new RegExp(`expected Node 22\\.18 or newer, found ${version.replaceAll('.', '\\.')}\\. Install`));
	}
});

t.test('a Node that is new enough goes on', async (t) => {
	for (const version of ['22.18.0', '24.0.0']) {
		const { loaded, text } = startOn(version);
		t.ok(loaded, version);
		t.equal(text, '');
	}
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
	let loaded = false;
	const process = { versions: { node }, exitCode: 0, stderr: { write: (part: string) => (text += part) } };
	const source = readFileSync(script, 'utf8').replace("import('./andon.ts')", 'load()');
	new Script(source).runInNewContext({
		process,
		load: () => {
			loaded = true;
			return Promise.resolve();
		},
	});
	return { text, loaded, exitCode: process.exitCode };
}
