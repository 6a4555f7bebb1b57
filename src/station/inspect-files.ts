/** Image files through the very path of the line, without a line: same fitting, same model, same decision. */

import { monotonicMs } from '../base/clock.ts';
import type { SeenFrame } from '../bundle/frame-inspector.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { decodeImage } from '../imaging/decode-image.ts';
import { encodeJpeg } from '../imaging/encode-image.ts';
import { drawOverlay } from '../imaging/overlay.ts';
import type { View } from '../imaging/view/view.ts';
import type { DecisionConfig } from './decision/decision-schema.ts';
import type { HoldBand } from './decision/judge.ts';
import { type Policy, policyOf } from './decision/policy.ts';
import type { Defect, SeenPlace, Verdict } from './inspection.ts';
import { drawFindings } from './inspector/draw-findings.ts';
import { inspectShot } from './inspector/inspect-shot.ts';
import { openProvenModel, type ProvenModel } from './inspector/open-proven-model.ts';

export interface FileInspection {
	readonly image: string;
	readonly verdict: Verdict;
	readonly reason?: string;
	/** Why the verdict is what it is, and the severity rule that made it so. */
	readonly why?: string;
	readonly rule?: string;
	readonly score?: number;
	readonly defects: readonly Defect[];
	/** Defects that are not listed, and regions below the minimum size. */
	readonly unlistedDefects?: number;
	readonly smallRegions?: number;
	readonly expectedIou?: number;
	readonly expectedIouCorrected?: boolean;
	readonly inferenceMs: number;
	/** Where the boxes of defects lie, when it is not the whole image stretched to the model's input. */
	readonly seen?: SeenPlace;
}

/** Drawn when asked for, as JPEG; absent when the file was not inspected. Ask before the next file is. */
interface FilePictures {
	readonly picture?: () => Promise<Uint8Array>;
	/** Where the model sees a defect, on the image as the model saw it. */
	readonly heat?: () => Promise<Uint8Array>;
}

/** What a station's configuration says of decisions. */
export interface FileRules {
	readonly decision?: DecisionConfig;
	readonly holdBand?: HoldBand;
	readonly view?: View;
}

/** Inspects one file after the other on the CPU. @throws when the bundle cannot be used; a bad file is `not-inspected` */
export async function* inspectFiles(
	bundle: Bundle,
	images: Iterable<string>,
	rules: FileRules = {},
): AsyncGenerator<FileInspection & FilePictures> {
	const model = await openProvenModel({
		bundle: bundle.dir,
		manifestHash: bundle.manifestHash,
		precision: bundle.defaultPrecision,
		provider: 'cpu',
		threads: 0,
		view: rules.view,
	});
	try {
		const policy = policyOf(model, rules.decision);
		const { holdBand } = rules;
		for (const image of images) yield await inspectFile(image, model, bundle, { policy, holdBand });
	} finally {
		await model.close();
	}
}

async function inspectFile(
	image: string,
	model: ProvenModel,
	{ manifest }: Bundle,
	own: { readonly policy: Policy; readonly holdBand?: HoldBand },
) {
	const shot = {
		cursor: undefined,
		acquiredAt: new Date().toISOString(),
		monotonicMs: monotonicMs(),
		simulated: false,
		read: async () => ({ pixels: await decodeImage(image, { channels: manifest.input.channels }) }),
	};
	const rules = { deadlineMs: Number.POSITIVE_INFINITY, operatingPoint: () => manifest.operatingPoint, ...own };
	const { result, seen } = await inspectShot(shot, model, rules);
	const { outcome, times } = result;
	const { inferenceMs } = times;
	if (!outcome.inspected || !seen)
		return {
			image,
			verdict: 'not-inspected',
			reason: outcome.inspected ? '' : outcome.reason,
			defects: [],
			inferenceMs,
		} as const;
	const { verdict, why, rule, score, defects, seen: place, unlistedDefects, smallRegions } = outcome;
	const { expectedIou, expectedIouCorrected } = outcome;
	const picture = () => drawFindings(seen.frame, seen.layout, seen.inspected.mask, outcome);
	const heat = () => drawHeat(seen, model);
	return {
		image,
		verdict,
		why,
		rule,
		score,
		defects,
		seen: place,
		unlistedDefects,
		smallRegions,
		expectedIou,
		expectedIouCorrected,
		inferenceMs,
		picture,
		heat,
	};
}

async function drawHeat({ pixels, inspected, map }: SeenFrame, { heatMap }: ProvenModel): Promise<Uint8Array> {
	return encodeJpeg(drawOverlay(pixels, { heat: inspected.mask ?? (await map((tile) => heatMap.of(tile))) }));
}
