/** Compares a host with its profile. */
import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Finding } from './finding.ts';
import type { HostCheck, HostProfile } from './host-profile.ts';

const PATIENCE_MS = 5000;

/** One finding per check of the profile, in its order. */
export async function checkHost(profile: HostProfile): Promise<Finding[]> {
	return Promise.all(profile.checks.map(checkOne));
}

async function checkOne(check: HostCheck): Promise<Finding> {
	const name = `host ${check.id}`;
	const expected = await expectation(check);
	let found: string | undefined;
	try {
		found = await observe(check);
	} catch {
		if (check.optional) return { name, status: 'absent', found: `this host has no ${subject(check)}` };
	}
	if (found !== undefined && fits(check, found, expected.same)) return { name, status: 'ok', found: oneLine(found) };
	return {
		name,
		status: check.level,
		found: found === undefined ? `no ${subject(check)}` : describe(check, found),
		expected: expected.text,
		fix: check.fix,
		why: check.why,
	};
}

/** The value as text. @throws when there is none */
async function observe(check: HostCheck): Promise<string> {
	if (check.kind === 'sysctl') return text(`/proc/sys/${check.key.replaceAll('.', '/')}`);
	if (check.kind === 'file') return text(check.path);
	if (check.kind === 'exists') return access(check.path).then(() => 'there');
	const [command, ...options] = check.run;
	const { stdout } = await promisify(execFile)(command, options, { timeout: PATIENCE_MS, maxBuffer: 1 << 20 });
	return stdout.trim();
}

async function text(path: string): Promise<string> {
	return (await readFile(path, 'utf8')).trim();
}

async function expectation(check: HostCheck): Promise<{ text: string; same?: string }> {
	if (check.kind === 'exists') return { text: `${check.path} to be there` };
	if (check.kind === 'file' && check.sameAs) {
		const same = await text(check.sameAs).catch(() => undefined);
		return { text: `${same ?? 'the same'}, as in ${check.sameAs}`, same };
	}
	if (check.expected) return { text: check.expected };
	const parts: string[] = [];
	if (check.equals !== undefined) parts.push(String(check.equals));
	if (check.atLeast !== undefined) parts.push(`at least ${check.atLeast}`);
	if (check.atMost !== undefined) parts.push(`at most ${check.atMost}`);
	if (check.matches !== undefined) parts.push(`a line like ${check.matches}`);
	return { text: parts.join(' and ') };
}

function fits(check: HostCheck, found: string, same: string | undefined): boolean {
	if (check.kind === 'exists') return true;
	if (check.kind === 'file' && check.sameAs && found !== same) return false;
	const { equals, atLeast, atMost, matches } = check;
	if (equals !== undefined && found !== String(equals)) return false;
	// NaN fits neither bound.
	if (atLeast !== undefined && !(Number(found) >= atLeast)) return false;
	if (atMost !== undefined && !(Number(found) <= atMost)) return false;
	return matches === undefined || new RegExp(matches, 'm').test(found);
}

function subject(check: HostCheck): string {
	if (check.kind === 'sysctl') return `setting ${check.key}`;
	return check.kind === 'command' ? `working command ${check.run.join(' ')}` : check.path;
}

/** Of a long text in which a line was missed, only that it was missed. */
function describe({ matches }: HostCheck, found: string): string {
	return matches !== undefined && found.includes('\n') ? 'no such line' : oneLine(found);
}

function oneLine(value: string): string {
	const short = value.replaceAll(/\s*\n\s*/g, '; ');
	return short.length > 120 ? `${short.slice(0, 119)}…` : short || 'nothing';
}
