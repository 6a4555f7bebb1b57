import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { type AuditedPart, auditThreshold, mostBehind } from '../../src/metrics/audit-threshold.ts';
import { binomialCdf } from '../../src/metrics/binomial.ts';

const options = { confidence: 0.95 };
const none = { passed: 0, flagged: 0 };

t.test('the notes’ own figures: 110 drawn defective parts with 0, 1 and 2 misses', (t) => {
	for (const [misses, low] of [
		[0, 0.973],
		[1, 0.958],
		[2, 0.944],
	]) {
		const parts = Array.from({ length: 110 }, (_, i) => ({ defective: true, passed: i < misses, drawn: 0.05 }));
		const { recall } = auditThreshold(parts, none, options);
		t.match(recall, { count: 110 - misses, n: 110 });
		t.ok(Math.abs(recall!.low - low) < 5e-4, `${misses} misses: ${recall!.low}`);
	}
	t.end();
});

t.test('labels of stopped parts alone say nothing about recall', (t) => {
	const parts = Array.from({ length: 500 }, () => ({ defective: true, passed: false }));
	const audit = auditThreshold(parts, none, options);
	t.equal(audit.recall, undefined);
	t.equal(audit.missed, undefined);
	t.same(audit.labelled.defective, { stopped: 500, passed: 0 });
	t.end();
});

t.test('a drawn part without a label counts as what would be worst', (t) => {
	const parts = Array.from({ length: 400 }, () => ({ defective: true, passed: false, drawn: 1 }));
	const promised = { ...options, promised: 0.98 };
	t.match(auditThreshold(parts, none, promised), { recall: { promise: 'kept' }, missed: { atMost: 0 } });
	const waiting = auditThreshold(parts, { passed: 30, flagged: 0 }, promised);
	t.match(waiting, { recall: { promise: 'open' }, missed: { atMost: 30 }, drawn: { labelled: 400, unlabelled: 30 } });
	t.ok(waiting.recall!.lowAtWorst < waiting.recall!.low);
	const missed = parts.map((part, i) => ({ ...part, passed: i < 20 }));
	t.match(auditThreshold(missed, none, promised), { recall: { promise: 'broken' } });
	t.match(
		auditThreshold(missed, { passed: 0, flagged: 3000 }, promised),
		{ recall: { promise: 'open' } },
		'all that were stopped may still turn out defective',
	);
	t.end();
});

t.test('the most parts behind those seen is the exact turning point', (t) => {
	for (const [seen, p] of [
		[0, 0.05],
		[3, 0.05],
		[0, 0.5],
		[40, 0.01],
	]) {
		const most = mostBehind(seen, p, 0.95);
		t.ok(binomialCdf(seen, most, p) > 0.05);
		t.ok(binomialCdf(seen, most + 1, p) <= 0.05);
	}
	t.equal(mostBehind(7, 1, 0.95), 7, 'when every part is drawn, none is behind');
	t.throws(() => mostBehind(1, 0, 0.95), TypeError);
	t.end();
});

/**
 * A line of which every stopped part is labelled and one part in 20, drawn whatever its verdict: parts, truth, audit.
 * Which draws go unlabelled may depend on the part: `shirk` of those that passed although defective.
 */
function simulate(random: Random, { recall, count, shirk = 0 }: { recall: number; count: number; shirk?: number }) {
	const drawnWith = 0.05;
	const parts: AuditedPart[] = [];
	const unlabelled = { passed: 0, flagged: 0 };
	let missed = 0;
	let stopped = 0;
	for (let i = 0; i < count; i++) {
		const defective = random.chance(0.2);
		const passed = defective ? !random.chance(recall) : random.chance(0.95);
		const drawn = random.chance(drawnWith) ? drawnWith : undefined;
		if (defective && passed) missed++;
		if (defective && !passed) stopped++;
		if (passed && drawn === undefined) continue;
		if (defective && passed && random.chance(shirk)) unlabelled.passed++;
		else parts.push({ defective, passed, drawn });
	}
	const audit = auditThreshold(parts, unlabelled, { ...options, probability: drawnWith });
	return { parts, audit, missed, recallOfParts: stopped / (stopped + missed) };
}

t.test('each bound fails in at most 5 % of 1,000 simulated lines', (t) => {
	const random = new Random(11);
	const runs = 1000;
	// Three standard deviations of the share of failures in so many runs.
	const allowed = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs);
	for (const recall of [0.7, 0.9, 0.97]) {
		const failed = { low: 0, high: 0, atWorst: 0, missed: 0, parts: 0, falseRejects: 0 };
		for (let run = 0; run < runs; run++) {
			const { audit, missed, recallOfParts } = simulate(random, { recall, count: 2000 });
			if (audit.recall!.low > recall) failed.low++;
			if (audit.recall!.high < recall) failed.high++;
			if (audit.recall!.lowAtWorst > recall) failed.atWorst++;
			if (audit.missed!.atMost < missed) failed.missed++;
			if (audit.missed!.recallAtLeast! > recallOfParts) failed.parts++;
			if (audit.falseRejects!.low > 0.05) failed.falseRejects++;
		}
		for (const [name, count] of Object.entries(failed))
			t.ok(count / runs <= allowed, `recall ${recall}: ${name} fails in ${(100 * count) / runs} %`);
	}
	t.end();
});

t.test('whoever labels as they like cannot break the bounds that count missing labels as misses', (t) => {
	const random = new Random(12);
	const runs = 300;
	const failed = { low: 0, atWorst: 0, missed: 0 };
	for (let run = 0; run < runs; run++) {
		const { audit, missed } = simulate(random, { recall: 0.9, count: 5000, shirk: 1 });
		if (audit.recall!.low > 0.9) failed.low++;
		if (audit.recall!.lowAtWorst > 0.9) failed.atWorst++;
		if (audit.missed!.atMost < missed) failed.missed++;
	}
	t.ok(failed.low / runs > 0.5, 'the plain bound trusts that what is labelled was not chosen by look');
	t.ok(failed.atWorst / runs <= 0.09);
	t.ok(failed.missed / runs <= 0.09);
	t.end();
});

t.test('the estimate of missed parts is right on average, weighted by how likely each was drawn', (t) => {
	const random = new Random(13);
	let estimated = 0;
	let missed = 0;
	for (let run = 0; run < 400; run++) {
		const line = simulate(random, { recall: 0.8, count: 2000 });
		estimated += line.audit.missed!.estimate;
		missed += line.missed;
	}
	t.ok(Math.abs(estimated / missed - 1) < 0.05, `${estimated} against ${missed}`);
	const mixed = [0.5, 0.1].map((drawn) => ({ defective: true, passed: true, drawn }));
	t.equal(auditThreshold(mixed, none, options).missed!.estimate, 12);
	t.equal(auditThreshold(mixed, none, options).missed!.atMost, mostBehind(2, 0.1, 0.95), 'the rarest draw counts');
	t.end();
});
