/** Whether a bundle has a gate, for what needs one and for what would break one. */
import { AndonError } from '../../base/errors.ts';
import type { CascadeManifest } from '../../bundle/cascade/cascade-schema.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';

/** @throws USAGE */
export function expectCascade({ dir, manifest }: Bundle): CascadeManifest {
	if (manifest.cascade) return manifest.cascade;
	throw new AndonError('USAGE', {
		expected: 'a bundle with a gate',
		found: `none in ${dir}`,
		fix: 'Add one with `andon cascade add <bundle> <dataset>`.',
	});
}

/** @param what would leave the gate's threshold and references to models or scores that are no more @throws USAGE */
export function expectNoCascade({ dir, manifest }: Bundle, what: string): void {
	if (!manifest.cascade) return;
	throw new AndonError('USAGE', {
		expected: `a bundle without a gate for ${what}: the gate was certified with the models and parts of before`,
		found: `a gate in ${dir}`,
		fix: 'Run `andon cascade remove`, do it, and add the gate again.',
	});
}
