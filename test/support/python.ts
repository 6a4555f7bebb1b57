/** Python as a second opinion: tests that need it run only where `ANDON_PYTHON` names an interpreter. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Why a test with Python packages cannot run here, or false when it can: tap's `skip` option. */
export function withoutPython(...packages: string[]): string | false {
	const python = process.env.ANDON_PYTHON;
	if (!python) return `set ANDON_PYTHON to a Python with ${packages.join(', ')}`;
	try {
		execFileSync(python, ['-c', `import ${packages.join(', ')}`], { stdio: 'pipe' });
		return false;
	} catch {
		return `${python} lacks one of ${packages.join(', ')}`;
	}
}

/** Runs a script of this folder and gives its standard output. */
export function runPython(script: string, args: readonly string[]): string {
	const path = fileURLToPath(new URL(script, import.meta.url));
	return execFileSync(process.env.ANDON_PYTHON ?? 'python3', [path, ...args], { encoding: 'utf8', stdio: 'pipe' });
}
