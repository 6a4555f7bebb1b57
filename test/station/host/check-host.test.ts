/** Host profiles against this host, whatever it is, and against files made for the purpose. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { checkHost } from '../../../src/station/host/check-host.ts';
import {
	hostProfileNames,
	hostProfileSchema,
	likelyProfile,
	readHostProfile,
} from '../../../src/station/host/host-profile.ts';

t.test('every shipped profile is valid, bears its own name, and fits some host', async (t) => {
	t.same(hostProfileNames(), ['generic-linux', 'jetson-orin']);
	t.ok(hostProfileNames().includes(likelyProfile()));
	for (const name of hostProfileNames()) {
		const profile = await readHostProfile(name);
		t.equal(profile.name, name);
		for (const { id, ...check } of profile.checks)
			if ('matches' in check && check.matches) t.ok(check.expected, `${name} ${id} says in words what is expected`);
	}
});

t.test('a host is looked at through files, settings and commands', async (t) => {
	const dir = t.testdir({ memory: '1000\n', low: '400', high: '800', alsoLow: '400\n', text: 'one\nMode: MAXN\n' });
	const file = (name: string) => join(dir, name);
	const cases: [check: object, status: string, found: string | RegExp][] = [
		[{ kind: 'file', path: file('memory'), atLeast: 1000 }, 'ok', '1000'],
		[{ kind: 'file', path: file('memory'), atLeast: 1001 }, 'warn', '1000'],
		[{ kind: 'file', path: file('memory'), atMost: 999, level: 'fail' }, 'fail', '1000'],
		[{ kind: 'file', path: file('memory'), equals: 1000 }, 'ok', '1000'],
		[{ kind: 'file', path: file('text'), atLeast: 0 }, 'warn', /one; Mode/],
		[{ kind: 'file', path: file('text'), matches: '^Mode: MAXN$' }, 'ok', /one; Mode/],
		[{ kind: 'file', path: file('text'), matches: '^Mode: 15W$' }, 'warn', 'no such line'],
		[{ kind: 'file', path: file('low'), sameAs: file('high') }, 'warn', '400'],
		[{ kind: 'file', path: file('low'), sameAs: file('alsoLow') }, 'ok', '400'],
		[{ kind: 'file', path: file('low'), sameAs: file('nothing') }, 'warn', '400'],
		[{ kind: 'file', path: file('nothing'), atLeast: 1 }, 'warn', /^no .*nothing/],
		[{ kind: 'file', path: file('nothing'), atLeast: 1, optional: true }, 'absent', /nothing/],
		[{ kind: 'exists', path: file('low') }, 'ok', 'there'],
		[{ kind: 'exists', path: file('nothing') }, 'warn', /^no /],
		[{ kind: 'command', run: [process.execPath, '-p', '6 * 7'], equals: '42' }, 'ok', '42'],
		[{ kind: 'command', run: [process.execPath, '-e', 'process.exit(3)'], equals: 'x' }, 'warn', /^no working command/],
		[{ kind: 'command', run: ['andon-no-such-command'], equals: 'x', optional: true }, 'absent', /andon-no-such/],
		[{ kind: 'command', run: ['andon-no-such-command'], equals: 'x' }, 'warn', /andon-no-such/],
		[{ kind: 'command', run: ['echo', '$HOME; id'], equals: '$HOME; id' }, 'ok', '$HOME; id'],
	];
	const checks = cases.map(([check], i) => ({ id: `c-${i}`, why: 'it matters', fix: 'set it', ...check }));
	const profile = hostProfileSchema.parse({ formatVersion: 1, name: 'own', description: 'own', checks });
	const findings = await checkHost(profile);
	for (const [i, [check, status, found]] of cases.entries()) {
		t.match(findings[i], { name: `host c-${i}`, status, found }, JSON.stringify(check));
		const isWrong = status === 'warn' || status === 'fail';
		t.equal(findings[i].fix, isWrong ? 'set it' : undefined);
		t.equal(typeof findings[i].expected, isWrong ? 'string' : 'undefined');
	}
});

t.test(
	'kernel settings are read from this kernel',
	{ skip: process.platform !== 'linux' && 'not Linux' },
	async (t) => {
		const check = { id: 'pid-max', kind: 'sysctl', key: 'kernel.pid_max', atLeast: 2, why: 'w', fix: 'f' };
		const [finding] = await checkHost(
			hostProfileSchema.parse({ formatVersion: 1, name: 'own', description: 'own', checks: [check] }),
		);
		t.match(finding, { status: 'ok', found: /^\d+$/ });
	},
);

t.test('a profile that cannot be meant is refused by name', async (t) => {
	const good = { id: 'a', kind: 'sysctl', key: 'vm.swappiness', atMost: 10, why: 'w', fix: 'f' };
	await t.resolves(readOwn(t, [good]));
	const { atMost: _, ...ruleless } = good;
	const bad: [object[], RegExp][] = [
		[[ruleless], /checks\.0: expected one of equals/],
		[[{ ...good, atmost: 1 }], /atmost/],
		[[{ ...good, key: '../../etc/passwd' }], /checks\.0\.key/],
		[[{ ...good, kind: 'shell' }], /checks\.0\.kind/],
		[[good, good], /every id once/],
		[[], /checks/],
	];
	for (const [checks, message] of bad) await t.rejects(readOwn(t, checks), { code: 'CONFIG_INVALID', message });
	await t.rejects(readHostProfile('toaster'), { code: 'USAGE', message: /generic-linux, jetson-orin/ });
	await t.rejects(readHostProfile('./no-such-file.yaml'), { code: 'FILE_UNREADABLE' });
});

function readOwn(t: Test, checks: object[]) {
	const path = join(t.testdir(), 'own.yaml');
	writeFileSync(path, stringify({ formatVersion: 1, name: 'own', description: 'own', checks }));
	return readHostProfile(path);
}
