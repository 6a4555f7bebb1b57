/** References of a gate, and of gate and inspector together, beside those of the inspector alone. */
import { AndonError } from '../../base/errors.ts';
import type { Precision } from '../names.ts';
import type { Bundle } from '../open-bundle.ts';
import {
	expectParity,
	PARITY_INDEX,
	PARITY_TOLERANCES,
	type ParityIndex,
	type ParityOutput,
	type ParityRun,
	readParityIndex,
	readParityMask,
} from '../parity.ts';
import type { CascadeManifest } from './cascade-schema.ts';

const GATE = 'gate';

type Outputs = ParityIndex['frames'][number]['outputs'];

/** The key of both together, by the inspector's precision. */
function together(precision: string): string {
	return `${GATE}+${precision}`;
}

/** The index with both references. @returns a file for the draft of the bundle */
export async function withCascadeReferences(
	bundle: Bundle,
	gate: ParityRun,
	threshold: number,
): Promise<[string, string]> {
	const { frames } = readParityIndex(bundle);
	const more: ParityIndex['frames'] = [];
	for (const { input, outputs } of frames) {
		const own = Object.entries(outputs).filter(([key]) => !isOfCascade(key));
		const { score } = await gate(bundle.read(input));
		const both = own.map(
			([precision, alone]) => [together(precision), score < threshold ? { score: 0 } : alone] as const,
		);
		more.push({ input, outputs: Object.fromEntries([...own, ...both, [GATE, { score }]]) });
	}
	return [PARITY_INDEX, indexOf(more)];
}

/** The index as it was before. */
export function withoutCascadeReferences(bundle: Bundle): [string, string] {
	const frames = readParityIndex(bundle).frames.map(({ input, outputs }) => ({
		input,
		outputs: Object.fromEntries(Object.entries(outputs).filter(([key]) => !isOfCascade(key))),
	}));
	return [PARITY_INDEX, indexOf(frames)];
}

function isOfCascade(key: string): boolean {
	return key === GATE || key.startsWith(together(''));
}

function indexOf(frames: ParityIndex['frames']): string {
	return `${JSON.stringify({ formatVersion: 1, frames }, null, '\t')}\n`;
}

/**
 * Runs the reference frames through the gate, and through gate and inspector together.
 *
 * @throws BUNDLE_PARITY_FAILED when either gives other results than when the gate was added
 */
export async function checkCascadeParity(
	bundle: Bundle,
	precision: Precision,
	{ gate, threshold }: CascadeManifest,
	run: { readonly gate: ParityRun; readonly together: ParityRun },
): Promise<void> {
	const tolerance = PARITY_TOLERANCES[gate.precision].maxScoreDifference;
	for (const { input, outputs } of readParityIndex(bundle).frames) {
		const frame = bundle.read(input);
		const alone = referenceOf(bundle, outputs, GATE, input);
		expectParity(gate.precision, await run.gate(frame), alone);
		// So near the threshold another host may rightly decide otherwise.
		if (Math.abs(alone.score - threshold) <= tolerance) continue;
		expectParity(precision, await run.together(frame), referenceOf(bundle, outputs, together(precision), input));
	}
}

function referenceOf(bundle: Bundle, outputs: Outputs, key: string, input: string): ParityOutput {
	const { score, mask } = outputs[key] ?? {};
	if (score !== undefined) return { score, ...(mask && { mask: readParityMask(bundle, mask) }) };
	throw new AndonError('BUNDLE_PARITY_FAILED', {
		expected: `a reference output of ${key} for ${input}`,
		found: 'none',
		fix: 'Add the gate again with `andon cascade add`.',
	});
}
