import t from 'tap';
import { parseAmount, parseRule } from '../../../../src/station/decision/severity/parse-rule.ts';
import { RuleError } from '../../../../src/station/decision/severity/rule-error.ts';

function mistakeOf(read: () => unknown): RuleError | undefined {
	try {
		read();
	} catch (error) {
		if (error instanceof RuleError) return error;
		throw error;
	}
	return undefined;
}

t.test('rules are read as they are said', (t) => {
	t.match(parseRule('defect if area > 2 mm² or any Crack'), {
		verdict: 'defect',
		condition: {
			kind: 'or',
			terms: [
				{ kind: 'defect', field: 'area', operator: '>', value: 2, unit: 'mm' },
				{ kind: 'class', is: true, name: { text: 'Crack', position: 30 } },
			],
		},
	});
	t.match(parseRule('review if length > 5 mm and class is Blowhole'), {
		verdict: 'review',
		condition: { kind: 'and', terms: [{ field: 'length', unit: 'mm' }, { name: { text: 'Blowhole' } }] },
	});
	t.match(parseRule('ok if total area < 0.5 mm2').condition, {
		kind: 'part',
		field: 'total area',
		operator: '<',
		value: 0.5,
		unit: 'mm',
	});
	t.match(parseRule('review if count of Fray >= 3').condition, { field: 'count', of: { text: 'Fray' }, value: 3 });
	t.match(parseRule('review if peak ≥ 0.9').condition, { kind: 'defect', field: 'peak', operator: '>=', value: 0.9 });
	t.match(parseRule('ok if no defects').condition, { kind: 'part', field: 'count', operator: '=', value: 0 });
	t.match(parseRule('review if any defect').condition, { kind: 'part', field: 'count', operator: '>', value: 0 });
	t.match(parseRule("defect if class is not 'Cold shut'").condition, { is: false, name: { text: 'Cold shut' } });
	t.match(parseRule('DEFECT IF Area>12px²').condition, { field: 'area', value: 12, unit: 'px' });
	t.end();
});

t.test('and binds tighter than or; parentheses bind tighter still', (t) => {
	t.match(parseRule('defect if score > 0.5 or score > 0.2 and count > 1').condition, {
		kind: 'or',
		terms: [{ field: 'score' }, { kind: 'and', terms: [{ field: 'score' }, { field: 'count' }] }],
	});
	t.match(parseRule('defect if (score > 0.5 or score > 0.2) and count > 1').condition, {
		kind: 'and',
		terms: [{ kind: 'or' }, { field: 'count' }],
	});
	t.end();
});

t.test('what cannot be read is shown where it stands, with what was expected', (t) => {
	const mistakes: [rule: string, expected: RegExp, found: string, character: number][] = [
		['', /^defect, review or ok$/, 'the end', 1],
		['reject if score > 1', /^defect, review or ok$/, '"reject"', 1],
		['defect when score > 1', /^if$/, '"when"', 8],
		['defect if', /^area, length/, 'the end', 10],
		['defect if size > 2 px', /^area, length/, '"size"', 11],
		['defect if area 2 mm²', /one of > >=/, '"2"', 16],
		['defect if area > 2', /unit of area, px² or mm²/, 'the end', 19],
		['defect if area > 2 mm', /unit of area, px² or mm²/, '"mm"', 20],
		['defect if length > 2 mm²', /unit of length, px or mm/, '"mm²"', 22],
		['defect if area > two mm²', /a number/, '"two"', 18],
		['defect if area > 0,5 mm²', /with a point/, '"0,5"', 18],
		['defect if score > 90', /from 0 to 1/, '"90"', 19],
		['defect if count > 1.5', /a whole number/, '"1.5"', 19],
		['defect if class Crack', /^is$/, '"Crack"', 17],
		['defect if any', /name of a class/, 'the end', 14],
		['defect if (any Crack', /closing parenthesis/, 'the end', 21],
		['defect if any Crack)', /end of the rule/, '")"', 20],
		['defect if any Crack any Fray', /end of the rule/, '"any"', 21],
		['defect if total length > 2 mm', /^area$/, '"length"', 17],
		['defect if area > -2 mm²', /a word, a number/, '"-"', 18],
		['ok if any Crack', /every defect must meet/, '"any"', 7],
	];
	for (const [rule, expected, found, character] of mistakes) {
		const mistake = mistakeOf(() => parseRule(rule));
		t.match(mistake, { expected, found, position: character - 1 }, rule);
		t.match(mistake?.message, `at character ${character}: ${rule.slice(0, character - 1)}▸`);
	}
	t.end();
});

t.test('amounts stand alone in minimum sizes', (t) => {
	t.match(parseAmount('0.2 mm²', 'area'), { value: 0.2, unit: 'mm' });
	t.match(parseAmount('12px', 'length'), { value: 12, unit: 'px' });
	t.match(
		mistakeOf(() => parseAmount('12', 'area')),
		{ expected: /px² or mm²/, found: 'the end' },
	);
	t.match(
		mistakeOf(() => parseAmount('12 px long', 'length')),
		{ expected: 'nothing more', found: '"long"' },
	);
	t.end();
});
