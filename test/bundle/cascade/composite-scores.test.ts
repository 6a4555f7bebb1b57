/** Scores behind a gate say at every threshold what a station does there. */
import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { chooseGateThreshold, harmlessThreshold } from '../../../src/bundle/cascade/choose-gate-threshold.ts';
import { compositeScores, floorsOf, type GatedExposure } from '../../../src/bundle/cascade/composite-scores.ts';
import { gateMayRun } from '../../../src/bundle/cascade/gate-may-run.ts';
import { whyGateIsOff } from '../../../src/bundle/cascade/why-gate-is-off.ts';

/** Parts whose gate knows something of what the inspector sees. */
function randomParts(count: number): GatedExposure[] {
	const random = new Random(5);
	return Array.from({ length: count }, (_, i) => {
		const defective = random.between(0, 1) < 0.4;
		const score = Math.min(1, Math.max(0, random.between(0, 0.7) + (defective ? 0.3 : 0)));
		const gate = Math.min(1, Math.max(0, score + random.between(-0.3, 0.3)));
		const named = { image: `${i}`, group: `${i}`, class: defective ? 'pit' : 'ok', split: i % 2 ? 'val' : 'test' };
		return { ...named, defective, scores: { int8: score }, inspectorScores: { int8: score }, gate };
	});
}

t.test(
	'at every threshold exactly those parts are flagged that a station flags, with the gate or without',
	async (t) => {
		const parts = randomParts(400);
		for (const g of [0, 0.2, 0.35, 0.6]) {
			const floors = floorsOf(parts, 'test', g);
			for (let threshold = 0; threshold <= 1; threshold += 0.01) {
				const gating = gateMayRun({ floors }, 'int8', threshold);
				const wrong = parts.filter((part) => {
					const score = gating && part.gate < g ? 0 : part.inspectorScores.int8;
					return score >= threshold !== compositeScores(part, g, floors).int8 >= threshold;
				});
				if (wrong.length > 0 && !(threshold === 0 && gating))
					t.fail(`gate ${g}, threshold ${threshold}: ${wrong.length} differ`);
				if (!gating) continue;
				const lost = parts.some(
					({ split, defective, gate, inspectorScores }) =>
						split === 'test' && defective && gate < g && inspectorScores.int8 >= threshold,
				);
				if (lost) t.fail(`gate ${g} costs a certifying part at ${threshold}`);
			}
		}
		t.same(floorsOf(parts, 'test', 0), { int8: 0 }, 'a gate that gates nothing may run anywhere above 0');
	},
);

t.test('the threshold keeps the share of the flagged defective parts, and stays clear of rounding', async (t) => {
	const parts = randomParts(400);
	const wanted = { split: 'val', precision: 'int8', inspectorThreshold: 0.4, gatePrecision: 'fp32' } as const;
	const flagged = parts.filter((p) => p.split === 'val' && p.defective && p.inspectorScores.int8 >= 0.4);
	for (const keep of [1, 0.999, 0.95, 0.5]) {
		const { threshold, chosenOn } = chooseGateThreshold(parts, { ...wanted, keep });
		const kept = flagged.filter(({ gate }) => gate >= threshold + 0.001).length;
		t.ok(kept / flagged.length >= keep - 1e-9, `${keep}: ${kept} of ${flagged.length}`);
		t.same([chosenOn.parts, chosenOn.kept >= kept], [flagged.length, true]);
	}
	t.ok(
		chooseGateThreshold(parts, { ...wanted, keep: 0.5 }).threshold >
			chooseGateThreshold(parts, { ...wanted, keep: 1 }).threshold,
	);
	const harmless = harmlessThreshold(parts, { ...wanted, split: 'test' });
	t.ok(floorsOf(parts, 'test', harmless).int8 < 0.4);
	t.throws(() => chooseGateThreshold(parts, { ...wanted, keep: 1, split: 'train' }), { code: 'DATASET_INVALID' });
});

t.test('the gate is off where a gated part could count, and says why', async (t) => {
	const cascade = { floors: { int8: 0.2 } } as unknown as Parameters<typeof whyGateIsOff>[0];
	const at = (rules: object) => whyGateIsOff(cascade, { precision: 'int8', threshold: 0.3, ...rules });
	t.equal(at({}), undefined);
	t.match(at({ threshold: 0.2 }), /threshold, 0.2, is not above 0.2/);
	t.match(at({ holdBand: { below: 0.15 } }), /hold band, 0.15, is not above/);
	t.equal(at({ holdBand: { below: 0.05 } }), undefined);
	t.match(at({ severity: ['ok if area < 4 px²', 'review if count > 2'] }), /rule "review if count > 2" must see/);
	t.equal(at({ severity: ['ok if area < 4 px²'] }), undefined, 'it only takes back what the threshold says');
	t.match(at({ precision: 'fp16' }), /not certified with the fp16 model/);
});
