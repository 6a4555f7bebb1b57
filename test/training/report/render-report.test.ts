import { parseHTML } from 'linkedom';
import t from 'tap';
import { choosePoint } from '../../../src/metrics/operating-points/index.ts';
import { renderReport } from '../../../src/training/report/render-report.ts';
import type { ReportData } from '../../../src/training/report/report-data.ts';
import { classificationReport, inspectionReport, NASTY } from '../../support/report-fixture.ts';

const VOID = new Set(['meta', 'img', 'input', 'br', 'hr']);
const inspection = await inspectionReport();
const reports: readonly ReportData[] = [inspection, await classificationReport()];

for (const data of reports)
	t.test(`a report of ${data.kind} is one valid page that needs nothing from outside`, async (t) => {
		const text = renderReport(data);
		t.same(unbalanced(text), [], 'every element is closed where it should be');
		t.notMatch(text, /<script|<link|@import|javascript:| on\w+="/i, 'nothing runs');
		t.same(text.match(/(?:src|href)="(?!data:image\/|#)[^"]*"/g), null, 'every address is inside the page');
		t.same(text.match(/url\((?!#)/g), null, 'no style fetches');
		t.notMatch(text, NASTY, 'names stay words');
		t.match(text, '&lt;script&gt;');
		t.notMatch(text, /⚠|NaN|undefined|\[object/, 'no chart warns and no number is missing');
		const { document } = parseHTML(text);
		const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
		t.equal(new Set(ids).size, ids.length, 'identifiers are unique');
		for (const link of document.querySelectorAll('nav a'))
			t.ok(ids.includes(link.getAttribute('href')!.slice(1)), `${link.textContent} leads somewhere`);
		t.equal(document.querySelectorAll('h1').length, 1);
		for (const image of document.querySelectorAll('img')) t.ok(image.getAttribute('alt'), 'pictures have words');
		for (const svg of document.querySelectorAll('svg.chart')) t.ok(svg.getAttribute('aria-label'), 'charts have words');
	});

t.test('a report says what is promised, marks the best step and warns of overfitting in words', async (t) => {
	const { document } = parseHTML(renderReport(inspection));
	const textOf = (selector: string) => document.querySelector(selector)!.textContent!.replaceAll('\u00a0', ' ');
	t.match(textOf('.statement'), 'Finds at least 90 % of defective parts, with 95 % confidence. Certified on 80');
	t.match(textOf('#learning'), /Overfitting\. After step 375 the loss on train went on falling/);
	t.match(textOf('#learning'), 'best 0.780');
	t.match(textOf('#gradients'), 'Barely learns');
	t.match(textOf('#robustness'), '64 of the 480 val images (16 defective)');
	t.match(textOf('#expected-iou'), /Bias\s*0\.\d+\s*-?0\.0/);
	t.match(textOf('#expected-iou'), /was chosen on 120 val images of 120 parts .* none 0\.\d+/);
	t.match(textOf('#expected-iou'), 'on 2 of the 400 sound images something is marked');
	const confusion = [...document.querySelectorAll('#separation figure:nth-of-type(4) td')].map(
		(cell) => cell.firstChild!.textContent,
	);
	const { image, n } = inspection.models[0].evaluation;
	t.equal(Number(confusion[0]) / n.defect, image.recall, 'the confusion is that of the recall');
});

t.test('quantization is told layer by layer, with the verdicts that it changed', async (t) => {
	const { document } = parseHTML(renderReport(inspection));
	const section = document.querySelector('#quantization')!;
	const text = section.textContent!.replaceAll('\u00a0', ' ');
	t.match(text, 'Ranges by percentile 99.99, from 128 calibration images');
	t.match(text, 'Audit failed. 22 convolutions on integers, 1 in float');
	t.match(text, 'HardSwish × 4: there is no integer kernel; ReLU has one');
	t.match(text, /correct-bias\s*kept\s*\+0\.0031/);
	const { layers } = inspection.quantization!;
	t.equal(section.querySelectorAll('.layer').length, layers.length);
	t.equal(section.querySelectorAll('svg.spark').length, layers.filter(({ weights }) => weights).length);
	for (const spark of section.querySelectorAll('svg.spark')) t.match(spark.getAttribute('aria-label'), /weights from/);
	t.match(section.querySelector('.cases')!.textContent, /now (right|missed|a false alarm); fp32 0\.\d+/);
	t.equal(section.querySelectorAll('.cases > li').length, inspection.flips!.length);
});

t.test('speeds are told for each provider and model, and why others were not measured', async (t) => {
	const { quantization: _, ...others } = inspection;
	for (const data of [inspection, others]) {
		const { document } = parseHTML(renderReport(data));
		const text = document.querySelector('#quantization')!.textContent!.replaceAll('\u00a0', ' ');
		t.match(text, /cpu\s*fp32\s*12 ms\s*1×\s*50 on CPUExecutionProvider/);
		t.match(text, /cpu\s*int8\s*4 ms\s*3×\s*40 on CPUExecutionProvider/);
		t.match(text, /cuda\s*fp32\s*2 ms\s*1×\s*48 on CUDAExecutionProvider, 2 on CPUExecutionProvider/);
		t.match(text, /cuda, int8: not measured\s*no kernel/);
		t.match(text, /tensorrt: not measured\s*Failed to load shared library/);
	}
});

t.test('models for GPUs are told with their proof, their repairs and what stays in float', async (t) => {
	const { document } = parseHTML(renderReport(inspection));
	const text = document.querySelector('#quantization')!.textContent!.replaceAll('\u00a0', ' ');
	t.match(
		text,
		/int8-tensorrt\s*✓Check passed\. It keeps every published rule.* Ranges by mse, from 96 calibration images/,
	);
	t.match(text, /equalize\s*kept\s*\+0\.0123\s*nine values/);
	t.match(text, /Conv: it reads the image\s*first/);
	t.match(text, /fp16\s*!Check failed\. Outputs are not finite\./);
});

t.test('the same page comes from the data after a round through JSON', async (t) => {
	for (const data of reports) t.equal(renderReport(JSON.parse(JSON.stringify(data))), renderReport(data));
});

t.test('sections without data are left out, and a fixed threshold promises nothing', async (t) => {
	const {
		classConfusion: _c,
		robustness: _r,
		learning: _l,
		gradients: _g,
		dataset: _d,
		pictures: _p,
		run: _u,
		quantization: _q,
		targets: _t,
		providers: _s,
		...rest
	} = inspection;
	const [model] = inspection.models;
	const operatingPoint = { threshold: 0.5, method: 'fixed', precision: 'int8' } as const;
	const bare: ReportData = {
		...rest,
		models: [{ ...model, evaluation: { ...model.evaluation, operatingPoint, pixel: null } }],
		misses: [],
		expectedIou: undefined,
		falseAlarms: [],
	};
	const { document } = parseHTML(renderReport(bare));
	t.same(
		[...document.querySelectorAll('section')].map((section) => section.id),
		['decision', 'separation', 'classes', 'mistakes'],
	);
	t.match(document.querySelector('.statement')!.textContent, 'No recall is promised.');
	t.match(document.querySelector('#mistakes')!.textContent, 'none was missed');
});

t.test('a report says what its operating point promises, however that was chosen', async (t) => {
	const scores = {
		defective: Array.from({ length: 100 }, (_, i) => 0.4 + i / 200),
		sound: Array.from({ length: 200 }, (_, i) => i / 400),
		perClass: { crack: Array.from({ length: 60 }, (_, i) => 0.4 + i / 200), pit: Array(60).fill(0.9) },
	};
	const parts = { scores, precision: 'int8' };
	for (const [point, statement] of [
		[choosePoint('max-recall', { budget: 0.05 }, parts), /rejects at most 5 % of sound parts.*promises no recall/],
		[
			choosePoint('guaranteed-recall', { recall: 0.9, perClass: true }, parts),
			/90 % of each defect class.*crack: 60 parts/,
		],
		[choosePoint('best-f1', {}, parts), /chosen for the best F1 .* promises no recall/],
	] as const) {
		const [model, ...others] = inspection.models;
		const models = [{ ...model, evaluation: { ...model.evaluation, operatingPoint: point } }, ...others];
		const { document } = parseHTML(renderReport({ ...inspection, models }));
		t.match(document.querySelector('.statement')!.textContent, statement);
	}
});

/** Tags that close nothing or stay open. */
function unbalanced(text: string): string[] {
	const open: string[] = [];
	const wrong: string[] = [];
	for (const [, end, name, attributes] of text.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g)) {
		if (end) {
			if (open.pop() !== name) wrong.push(`</${name}>`);
		} else if (!VOID.has(name) && !attributes.endsWith('/')) open.push(name);
	}
	return [...wrong, ...open];
}
