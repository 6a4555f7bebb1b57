/** Lets Andon's TypeScript run when it is installed as a package: Node by itself strips types only outside node_modules. */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

const ours = new URL('../', import.meta.url).href;

/** For the processes that this one starts. */
export const location = import.meta.url;

registerHooks({
	load(url, context, next) {
		if (!url.startsWith(ours) || !url.endsWith('.ts')) return next(url, context);
		const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
		return { format: 'module', source, shortCircuit: true };
	},
});
