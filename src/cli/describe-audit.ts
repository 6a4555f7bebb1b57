/** The audit of a threshold in the words of the person who answers for it. */
import type { AuditedRecall } from '../metrics/audit-threshold.ts';
import { percent } from '../metrics/operating-points/promise-of.ts';
import type { FeedbackAudit } from '../station/feedback/audit.ts';
import { trim } from './describe-point.ts';
import { table } from './table.ts';

export function describeAudit(audit: FeedbackAudit): string {
	const { since, operatingPoint, confidence, labelled, drawn, recall, falseRejects, missed } = audit;
	const { defective, sound } = labelled;
	const sure = `with ${percent(confidence)} confidence`;
	return table([
		['threshold', [`${trim(operatingPoint.threshold)} since ${since}`]],
		[
			'labels',
			[
				`${defective.stopped + defective.passed} defective parts (${defective.passed} of them passed), ${sound.stopped + sound.passed} sound (${sound.stopped} of them stopped)`,
				`${drawn.labelled} of the parts drawn by lot are labelled, ${drawn.unlabelled} wait; only drawn parts say how many defective ones pass`,
			],
		],
		['recall', recall ? recallLines(recall, sure) : [unknown(drawn.labelled, 'defective')]],
		[
			'false rejects',
			[
				falseRejects
					? `${falseRejects.count} of ${falseRejects.n} sound drawn parts: ${percent(falseRejects.rate)}; at most ${percent(falseRejects.high)} ${sure}`
					: unknown(drawn.labelled, 'sound'),
			],
		],
		[
			'missed',
			missed
				? [
						`${missed.seen} seen among the drawn parts, about ${trim(missed.estimate)} in all; at most ${missed.atMost} ${sure}, each drawn part without a label counted as one`,
						...(missed.recallAtLeast === undefined
							? []
							: [`so at least ${percent(missed.recallAtLeast)} of the defective parts were stopped`]),
					]
				: ['not known: no part was drawn; set feedback.keep in station.yaml'],
		],
	]);
}

const PROMISES = {
	kept: 'the promised recall is proved',
	broken: 'THE PROMISED RECALL IS REFUTED: the threshold misses more than it should',
	open: 'the promised recall is neither proved nor refuted yet',
};

function recallLines({ count, n, rate, low, lowAtWorst, promise }: AuditedRecall, sure: string): string[] {
	return [
		`${count} of ${n} defective drawn parts were stopped: ${percent(rate)}; at least ${percent(low)} ${sure}, if nobody chose which drawn parts to label`,
		`at least ${percent(lowAtWorst)} if every drawn part that passed without a label were a miss`,
		...(promise === undefined ? [] : [PROMISES[promise]]),
	];
}

function unknown(labelled: number, what: string): string {
	return labelled === 0 ? 'not known: no drawn part is labelled' : `not known: no drawn part is labelled ${what}`;
}
