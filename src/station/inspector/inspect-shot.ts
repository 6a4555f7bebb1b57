/** One part from pixels to decision; whatever goes wrong on the way becomes a reason, never an `ok`. */
import { monotonicMs } from '../../base/clock.ts';
import { AndonError, messageOf } from '../../base/errors.ts';
import type { SeenFrame } from '../../bundle/frame-inspector.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import { fitMask } from '../../imaging/view/fit-view.ts';
import type { Inspected } from '../../inference/inspector-model.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { Shot } from '../cameras/camera.ts';
import { gatedInspection } from '../cascade/gated-inspection.ts';
import { decide } from '../decision/decide.ts';
import type { HoldBand } from '../decision/judge.ts';
import { scaleAfterFit } from '../decision/measure-defects.ts';
import type { Policy } from '../decision/policy.ts';
import type { Result } from './messages.ts';
import type { ProvenModel } from './open-proven-model.ts';
import { StageClock } from './stage-clock.ts';

export interface InspectionRules {
	readonly deadlineMs: number;
	readonly expectSize?: { readonly width: number; readonly height: number };
	readonly holdBand?: HoldBand;
	readonly policy: Policy;
	/** In force at the moment of the decision. */
	operatingPoint(): OperatingPoint;
}

export interface InspectedShot {
	readonly result: Omit<Result, 'kind' | 'sequence'>;
	/** What was seen and found, for pictures until the next part is inspected; absent when it came to nothing. */
	readonly seen?: SeenFrame;
}

export async function inspectShot(shot: Shot, model: ProvenModel, rules: InspectionRules): Promise<InspectedShot> {
	const clock = new StageClock(shot.monotonicMs);
	try {
		// One that is too late already would only make the next one late as well.
		expectInTime(shot, rules.deadlineMs);
		const exposure = await shot.read();
		clock.read();
		expectSize(exposure.pixels, rules.expectSize);
		const seen = await gatedInspection(model.gated, rules, () => model.frames.inspect(exposure.pixels));
		clock.inferred(seen.inferenceMs);
		const operatingPoint = rules.operatingPoint();
		const { inspected, layout } = seen;
		const truth = exposure.mask && fitMask(exposure.mask, layout);
		const { holdBand, policy } = rules;
		const mmPerPixel = policy.mmPerPixel && scaleAfterFit(policy.mmPerPixel, layout.roi, layout.seen);
		const size = { ...layout.seen, mmPerPixel };
		const { iouCorrection } = model;
		const decision = decide(inspected, size, { ...operatingPoint, holdBand, policy, iouCorrection }, truth);
		expectInTime(shot, rules.deadlineMs);
		const place = model.frames.view && { seen: { ...layout.seen, roi: layout.roi } };
		const outcome = { inspected: true, ...decision, ...place, ...sayGate(inspected) } as const;
		return {
			result: { operatingPoint, times: clock.times(), outcome },
			seen,
		};
	} catch (error) {
		const outcome = { inspected: false, reason: reasonOf(error) } as const;
		return { result: { operatingPoint: rules.operatingPoint(), times: clock.times(), outcome } };
	}
}

function sayGate({ gateScore, gated }: Inspected) {
	if (gateScore === undefined) return {};
	if (!gated) return { gateScore };
	return {
		gateScore,
		gated,
		why: `The gate finds it surely sound (${gateScore.toFixed(3)}): the inspector did not run.`,
	};
}

/** The reason why a part was not inspected, in a technician's words. */
export function reasonOf(error: unknown): string {
	return error instanceof AndonError ? `${error.message} [${error.code}]` : messageOf(error);
}

function expectSize({ width, height }: Pixels, expected: InspectionRules['expectSize']): void {
	if (!expected || (expected.width === width && expected.height === height)) return;
	throw new AndonError('FRAME_SIZE_WRONG', {
		expected: `${expected.width} × ${expected.height} pixels`,
		found: `${width} × ${height}`,
		fix: "Check the camera's region of interest, or correct `expectSize`.",
	});
}

function expectInTime(shot: Shot, deadlineMs: number): void {
	const ms = monotonicMs() - shot.monotonicMs;
	if (ms <= deadlineMs) return;
	throw new AndonError('DEADLINE_EXCEEDED', {
		expected: `a decision within ${deadlineMs} ms of the trigger`,
		found: `${Math.round(ms)} ms`,
		fix: 'Raise `deadlineMs`, or use a faster provider or a smaller model.',
	});
}
