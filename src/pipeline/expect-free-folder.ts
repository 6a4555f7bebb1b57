/** Whether the bundle can be written when training is over: better asked before hours of work than after. */
import { relative, resolve } from 'node:path';
import { AndonError } from '../base/errors.ts';
import { expectReplaceable } from '../bundle/write-bundle.ts';

/** @throws USAGE when the run's files would lie inside the bundle, BUNDLE_INVALID when other files are in the way */
export async function expectFreeFolder({ out, runDir }: { readonly out: string; readonly runDir: string }) {
	if (!relative(resolve(out), resolve(runDir)).startsWith('..'))
		throw new AndonError('USAGE', {
			expected: 'the run to keep its checkpoints outside the bundle',
			found: `the bundle ${out} and the run ${runDir}`,
			fix: 'Choose another --out or --runs.',
		});
	await expectReplaceable(resolve(out));
}
