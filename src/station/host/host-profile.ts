/** Host profiles: how a host should be set for inspecting, as data in `firmware-config/`. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AndonError, messageOf } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';

const PROFILES = fileURLToPath(new URL('../../../firmware-config/', import.meta.url));
const line = z.string().min(1);

/** What a value must be; numbers where the value is one. */
const wanted = {
	equals: z.union([line, z.number()]).optional(),
	atLeast: z.number().optional(),
	atMost: z.number().optional(),
	/** A regular expression, tried on every line. */
	matches: line.optional(),
};

const common = {
	id: z.string().regex(/^[a-z0-9-]+$/),
	/** What goes wrong on a host that is set otherwise. */
	why: line,
	/** What is expected, in words, where the rule itself reads badly. */
	expected: line.optional(),
	/** The command that sets it, so that it lasts over a restart. */
	fix: line,
	/** `fail` when inspection cannot work without it. */
	level: z.enum(['warn', 'fail']).default('warn'),
	/** Hosts without the file, setting or command are passed over. */
	optional: z.boolean().default(false),
	...wanted,
};

const check = z
	.discriminatedUnion('kind', [
		/** A kernel setting, such as `net.core.rmem_max`. */
		z.strictObject({ kind: z.literal('sysctl'), key: z.string().regex(/^[a-z0-9_]+(\.[A-Za-z0-9_-]+)+$/), ...common }),
		/** The text of a file; `sameAs` names another file with which it must agree. */
		z.strictObject({ kind: z.literal('file'), path: z.string().startsWith('/'), sameAs: line.optional(), ...common }),
		/** What a command prints; run without a shell. */
		z.strictObject({ kind: z.literal('command'), run: z.array(line).min(1), ...common }),
		/** A file or device that must be there. */
		z.strictObject({ kind: z.literal('exists'), path: z.string().startsWith('/'), ...common }),
	])
	.refine(
		(one) => one.kind === 'exists' || ('sameAs' in one && one.sameAs) || Object.keys(wanted).some((key) => key in one),
		'expected one of equals, atLeast, atMost, matches (or sameAs for a file)',
	);

export const hostProfileSchema = z.strictObject({
	formatVersion: z.literal(1),
	name: line,
	description: line,
	checks: z
		.array(check)
		.min(1)
		.refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'expected every id once'),
});

export type HostProfile = Readonly<z.infer<typeof hostProfileSchema>>;
export type HostCheck = HostProfile['checks'][number];

/** Names of the profiles that come with Andon. */
export function hostProfileNames(): readonly string[] {
	return readdirSync(PROFILES)
		.filter((file) => file.endsWith('.yaml'))
		.map((file) => basename(file, '.yaml'))
		.sort();
}

/** The profile that fits this host. */
export function likelyProfile(): string {
	return existsSync('/etc/nv_tegra_release') ? 'jetson-orin' : 'generic-linux';
}

/**
 * @param name one of the names, or a path to a file of one's own
 * @throws USAGE for an unknown name, FILE_UNREADABLE, CONFIG_INVALID
 */
export async function readHostProfile(name: string): Promise<HostProfile> {
	const own = /[/\\]|\.ya?ml$/.test(name);
	if (!own && !hostProfileNames().includes(name))
		throw new AndonError('USAGE', {
			expected: `one of the profiles ${hostProfileNames().join(', ')}, or the path of a file`,
			found: name,
			fix: 'Choose another profile.',
		});
	const path = own ? name : `${PROFILES}${name}.yaml`;
	return parseWith(hostProfileSchema, await readYaml(path), path);
}

async function readYaml(path: string): Promise<unknown> {
	try {
		return parseYaml(await readFile(path, 'utf8'));
	} catch (cause) {
		throw new AndonError(
			'FILE_UNREADABLE',
			{ expected: `a YAML file ${path}`, found: messageOf(cause), fix: 'Check the path and its contents.' },
			{ cause },
		);
	}
}
