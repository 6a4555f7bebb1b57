/** `andon doctor`: does this host have what a station needs? */
import { Command } from 'commander';
import type { Finding } from '../station/host/finding.ts';
import { perform, withJson } from './action.ts';

interface Flags {
	readonly profile?: string;
	readonly json?: boolean;
}

interface Result {
	readonly profile: string;
	readonly findings: readonly Finding[];
	readonly failed: number;
	readonly warned: number;
}

export function doctorCommand(): Command {
	return withJson(
		new Command('doctor')
			.description('look at this host: providers proved by an inference, cameras, broker, disk, settings')
			.argument('[station.yaml...]', 'also look at what these stations need')
			.option('--profile <name>', 'host profile to compare with, or the path of one (default: the one that fits)')
			.addHelpText(
				'after',
				'\nExamples:\n  andon doctor\n  andon doctor station.yaml --profile jetson-orin\n\nExits with 1 when something needed does not work.',
			),
	).action((files: string[], flags: Flags) => perform(flags, () => run(files, flags), describe));
}

async function run(files: string[], flags: Flags): Promise<Result> {
	const { likelyProfile, readHostProfile } = await import('../station/host/host-profile.ts');
	const { examineHost } = await import('../station/host/examine-host.ts');
	const profile = await readHostProfile(flags.profile ?? likelyProfile());
	const findings = await examineHost(profile, files);
	const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
	const result = { profile: profile.name, findings, failed: count('fail'), warned: count('warn') };
	if (result.failed > 0) process.exitCode = 1;
	return result;
}

const SIGN: Record<Finding['status'], string> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', absent: '–   ' };

function describe({ profile, findings, failed, warned }: Result): string {
	const width = Math.max(...findings.map(({ name }) => name.length));
	const lines = findings.flatMap(({ name, status, found, expected, why, fix }) => {
		const indent = `\n      ${' '.repeat(width)}`;
		const more = [expected && `expected ${expected}`, why, fix && `do: ${fix}`].filter(Boolean);
		return [`${SIGN[status]}  ${name.padEnd(width)}  ${[found, ...more].join(`${indent}  `)}`];
	});
	const verdict =
		failed > 0 ? `${failed} needed ${failed === 1 ? 'thing does' : 'things do'} not work` : 'everything needed works';
	return [...lines, '', `Compared with the profile ${profile}: ${verdict}, ${warned} could be better.`].join('\n');
}
