/** What a golden run measured: the IoU of each defective part with a mask, over all cameras. */
import type { GoldenRun } from './golden-run.ts';

export function measuredIous({ cameras }: GoldenRun): readonly number[] {
	return cameras.flatMap(({ parts }) =>
		parts.flatMap(({ defective, measuredIou }) => (defective && measuredIou !== undefined ? [measuredIou] : [])),
	);
}
