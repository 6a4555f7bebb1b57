import t from 'tap';
import { holds } from '../../../../src/station/decision/severity/holds.ts';
import { parseRule } from '../../../../src/station/decision/severity/parse-rule.ts';
import type { Defect } from '../../../../src/station/inspection.ts';

function defect(name: string, areaMm2: number, lengthMm: number, peak = 0.9): Defect {
	const box = { x: 0, y: 0, width: 1, height: 1 };
	return { class: name, box, areaPx: 100 * areaMm2, areaMm2, lengthPx: 10 * lengthMm, lengthMm, peak, mean: peak / 2 };
}

const big = defect('Blowhole', 3, 2);
const long = defect('Crack', 0.5, 8);
const small = defect('Blowhole', 0.1, 0.4, 0.6);
const is = (rule: string, defects: readonly Defect[], score = 0.7) => holds(parseRule(rule), { score, defects });

t.test('one defect has to meet all that a rule says of defects', (t) => {
	t.same(is('defect if area > 2 mm²', [small, big]), { defect: big });
	t.same(is('defect if length > 5 mm and class is Crack', [big, long]), { defect: long });
	t.equal(
		is('defect if area > 2 mm² and class is Crack', [big, long]),
		undefined,
		'a large one and a crack, but no large crack',
	);
	t.same(is('defect if any Crack and length > 5 mm', [big, long]), { defect: long });
	t.same(is('review if area > 2 mm² or any Crack', [small, long]), { defect: long });
	t.same(is('review if class is not Crack', [long, small]), { defect: small });
	t.same(is('review if mean < 0.31', [big, small]), { defect: small });
	t.end();
});

t.test('counts and total areas are of the part', (t) => {
	t.same(is('review if count > 2', [big, long, small]), {});
	t.equal(is('review if count of Blowhole > 2', [big, long, small]), undefined);
	t.same(is('review if total area of Blowhole > 3 mm²', [big, long, small]), {});
	t.same(is('review if total area = 360 px²', [big, long, small]), {});
	t.same(is('defect if score >= 0.7', []), {});
	t.same(is('review if no Fray', [big]), {});
	t.end();
});

t.test('ok passes a part only when every defect meets it', (t) => {
	t.same(is('ok if area < 1 mm²', [long, small]), {});
	t.equal(is('ok if area < 1 mm²', [big, small]), undefined);
	t.equal(is('ok if class is Blowhole', [big, long]), undefined);
	t.same(is('ok if no Crack and area < 4 mm²', [big, small]), {});
	t.end();
});

t.test('where there is no defect, nothing that is said of a defect is met', (t) => {
	for (const rule of ['ok if area < 1 mm²', 'ok if class is not Crack', 'review if length >= 0 px'])
		t.equal(is(rule, []), undefined, rule);
	t.same(is('ok if total area < 0.5 mm²', []), {});
	t.end();
});
