/** The page in a real browser: what a technician sees, hears from a screen reader and can do with a keyboard. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { AndonError } from '../../src/base/errors.ts';
import { type Console, type ConsoleOptions, openConsole } from '../../src/console/server/console.ts';
import { choosePoint } from '../../src/metrics/operating-points/index.ts';
import { whatIf } from '../../src/metrics/what-if.ts';
import type { Verdict } from '../../src/station/inspection.ts';
import { noBrowser, openBrowser } from '../support/browser.ts';
import { type FakeStation, fakeStation } from '../support/fake-station.ts';

t.test('the page', { skip: noBrowser }, async (t) => {
	const browser = await openBrowser();
	t.teardown(() => browser.close());

	t.test('shows each verdict in words, with its own shape and colour', async (t) => {
		const { page, station } = await open(t, browser);
		const seen = new Set<string>();
		for (const [verdict, word] of Object.entries(WORDS)) {
			const { partId } = await station.inspect(verdict as Verdict);
			await verdictIs(page, word);
			await page.locator('#part', { hasText: partId }).waitFor();
			seen.add(
				`${await page.locator('#verdict-icon').getAttribute('href')} ${await style(page, '#verdict-block', 'background')}`,
			);
		}
		t.equal(seen.size, 4);
	});

	t.test('draws the defect where it is in the picture', async (t) => {
		const { page, station } = await open(t, browser);
		const { defects } = await station.inspect('defect');
		await page.locator('.box').first().waitFor();
		t.equal(await page.locator('.box').count(), defects.length);
		const picture = (await page.locator('#picture img:visible').boundingBox())!;
		const box = (await page.locator('.box').first().boundingBox())!;
		const expected = defects[0].box;
		const scale = picture.width / 256;
		for (const [found, wanted] of [
			[box.x - picture.x, expected.x * scale],
			[box.y - picture.y, expected.y * scale],
			[box.width, expected.width * scale],
			[box.height, expected.height * scale],
		])
			t.ok(Math.abs(found - wanted) < 1, `${found.toFixed(1)} for ${wanted.toFixed(1)}`);
		t.ok(Math.abs(picture.width - picture.height) < 1, 'the picture keeps its proportions');
	});

	t.test('a part can be asked for where a camera takes requests, and a refusal is said', async (t) => {
		const { page, station, complaints } = await open(t, browser);
		await station.inspect('ok');
		t.equal(await page.locator('#ask').isVisible(), false, 'no camera takes requests');
		const [camera] = station.state().cameras;
		station.set({ cameras: [{ ...camera, asks: 'part' }] });
		const button = page.getByRole('button', { name: 'Inspect now' });
		await button.click();
		await page.locator('#parts', { hasText: '2' }).waitFor();
		t.match(station.asked, [{ camera: 'cam-1' }]);
		const facts = { expected: 'fewer requests', found: 'one more', fix: 'Wait a moment.' };
		station.refuse(new AndonError('QUEUE_FULL', facts));
		await button.focus();
		await page.keyboard.press('Enter');
		await page.locator('#ask-answer', { hasText: 'Wait a moment.' }).waitFor();
		t.equal(
			await page.evaluate('document.activeElement.textContent'),
			'Inspect now',
			'the keyboard stays where it was',
		);
		station.set({ paused: true });
		await page.locator('#ask').waitFor({ state: 'hidden' });
		station.set({
			paused: false,
			cameras: [
				{ ...camera, asks: 'part' },
				{ ...camera, id: 'cam-2', asks: 'part' },
			],
		});
		await page.getByRole('button', { name: 'Inspect now: cam-2' }).waitFor();
		// The browser itself reports the refusal that was answered with 429.
		t.same(
			complaints.filter((text) => !text.includes('429')),
			[],
		);
	});

	t.test('no part can be asked for where a token is needed, for the page has none', async (t) => {
		const tokenFile = join(t.testdir({ token: 'a-token-of-many-characters' }), 'token');
		const { page, station } = await open(t, browser, {}, { tokenFile });
		const [camera] = station.state().cameras;
		station.set({ cameras: [{ ...camera, asks: 'part' }], status: 'degraded' });
		await page.locator('#link-line', { hasText: 'fault' }).waitFor();
		t.equal(await page.locator('#ask').isVisible(), false);
	});

	t.test('says of each defect what it is and how large, and why the verdict is what it is', async (t) => {
		const { page, station } = await open(t, browser);
		const { defects, why } = await station.inspect('review');
		await page.locator('#verdict-detail', { hasText: why }).waitFor();
		const [{ areaMm2, lengthMm }] = defects;
		const area = `${Number(areaMm2!.toPrecision(2))} mm²`;
		await page
			.locator('.box span', { hasText: `Scratch · ${area}` })
			.first()
			.waitFor();
		const words = `Scratch${area} · ${Number(lengthMm!.toPrecision(2))} mm long`;
		t.equal(await page.locator('#found li').first().textContent(), words);
		t.equal(await page.locator('#found li').count(), defects.length);
		await linger(page);
		await station.inspect('ok');
		await page.locator('#found', { hasText: 'No defect marked' }).waitFor();
	});

	t.test('says what is promised, counts, and keeps measured and expected IoU apart', async (t) => {
		const { page, station } = await open(t, browser);
		for (const verdict of ['ok', 'ok', 'ok', 'defect'] as const) await station.inspect(verdict);
		await page.getByText('Catches at least 98 % of defective parts, with 95 % confidence.').waitFor();
		await page.getByText('Certified on 236 defective parts, at most 1 missed (int8).').waitFor();
		await page.locator('#parts', { hasText: '4' }).waitFor();
		t.match(await page.locator('#counts').textContent(), /OK375 %Defect125 %/);
		const { measuredIou, expectedIou } = station.stats();
		const measured = measuredIou.simulated.mean!.toFixed(2);
		await page.locator('#measured-iou-simulated', { hasText: `${measured} n = 1` }).waitFor();
		await page.locator('#measured-iou-golden', { hasText: '0.71 n = 12' }).waitFor();
		await page.locator('#measured-iou-labelled', { hasText: '— n = 0' }).waitFor();
		await page.locator('#expected-iou', { hasText: `${expectedIou.mean!.toFixed(2)} n = 1` }).waitFor();
		await page.getByText('1 of 1 defective part flagged; 0 of 3 sound parts flagged.').waitFor();
		const { operatingPoint } = station.state();
		station.set({ operatingPoint: { threshold: 0.3, method: 'fixed', precision: operatingPoint.precision } });
		await page.getByText('Set by hand. No recall is promised.').waitFor();
		station.set({ operatingPoint, precision: 'fp32' });
		await page.getByText('Not valid here: certified for int8, running fp32.').waitFor();
		const why = 'The picture is 12 % darker than in calibration since part 7: check the light.';
		station.set({ status: 'degraded', precision: 'int8', promiseVoid: [why] });
		await page.getByText('Void: nothing is promised at present.').waitFor();
		await page.getByText(`${why} Parts that score 0.412 or more are flagged.`).waitFor();
		await healthSays(page, why);
	});

	t.test('says of golden parts what passed, what failed and what to present', async (t) => {
		const { page, station } = await open(t, browser);
		await page.locator('#golden', { hasText: 'No golden parts are enrolled.' }).waitFor();
		const last = { id: 'g', end: '2026-03-10T06:00:00Z', mode: 'injected', trigger: '', hints: [], parts: 12 } as const;
		station.set({ golden: { last: { ...last, passed: true, why: [], recall: 1 }, next: { inParts: 500 } } });
		await page.locator('#golden', { hasText: '12 golden parts passed, recall 100 %.' }).waitFor();
		t.match(await page.locator('#golden-detail').textContent(), /^Injected at .* Next in 500 parts\.$/);
		const running = { mode: 'presented', camera: 'top', done: 3, of: 12, waitingFor: 'p4 (crack)' } as const;
		station.set({ golden: { running } });
		await page.locator('#golden', { hasText: 'Present p4 (crack) to top.' }).waitFor();
		const failed = { ...last, passed: false, why: ['1 of 6 defects passed'], hints: ['Check the lens.'] };
		station.set({ golden: { last: failed, hold: { since: last.end, why: '1 of 6 defects passed' } } });
		await page.locator('#golden', { hasText: 'The last golden run failed.' }).waitFor();
		t.match(
			await page.locator('#golden-detail').textContent(),
			/1 of 6 defects passed\. Check the lens\. Every part is held/,
		);
		await healthSays(page, 'Every part is held for a person: 1 of 6 defects passed');
	});

	t.test('says what any method promises, and what it does not', async (t) => {
		const { page, station } = await open(t, browser);
		const precision = 'int8';
		const scores = station.calibrationScores()!;
		const perClass = { crack: scores.defective.slice(0, 100), pit: scores.defective.slice(100) };
		const parts = { scores: { ...scores, perClass }, precision };
		station.set({ operatingPoint: choosePoint('max-recall', { budget: 0.01 }, parts) });
		await page.getByText('Rejects at most 1 % of sound parts, with 95 % confidence. No recall is promised.').waitFor();
		await page.getByText(/Certified on 412 sound parts, at most \d rejected \(int8\)\. Found/).waitFor();
		station.set({ operatingPoint: choosePoint('guaranteed-recall', { recall: 0.95, perClass: true }, parts) });
		await page.getByText('Catches at least 95 % of each kind of defect, with 95 % confidence.').waitFor();
		await page.getByText('Certified on 100 crack, 136 pit (int8).').waitFor();
		station.set({ operatingPoint: choosePoint('best-f1', {}, parts) });
		await page.getByText('Set for the best F1. No recall is promised.').waitFor();
	});

	t.test(
		'says what another threshold would do, in the figures of the command line, and forgets it again',
		async (t) => {
			const { page, station } = await open(t, browser);
			for (let i = 0; i < 4; i++) await station.inspect(i === 0 ? 'defect' : 'ok');
			await page.locator('#parts', { hasText: '4' }).waitFor();
			const slider = page.getByLabel('What another threshold would do');
			t.equal(await slider.inputValue(), '0.412');
			await slider.focus();
			for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowLeft');
			await page.getByText(/^At 0\.382/).waitFor();
			const { falseRejects } = whatIf(station.calibrationScores()!, 0.382);
			const figures = [falseRejects!.rate, falseRejects!.low].map((share) => Number((1000 * share).toPrecision(2)));
			const said = await page.locator('#what-if-answer').textContent();
			t.match(said, `of 1,000 sound ones ${figures[0]} (${figures[1]}–`);
			t.match(said, /n = 412\) are rejected\. Of the last 4 parts here: 25 % rejected, 0 % for review\./);
			await page.keyboard.press('Escape');
			await page.getByText('412 sound calibration parts').waitFor();
			t.notOk(await page.locator('#what-if-answer').isVisible());
		},
	);

	t.test('never shows an old OK as if it were new', async (t) => {
		const { page, station, close, reopen } = await open(t, browser);
		await station.inspect('ok');
		await verdictIs(page, 'OK');
		station.set({ status: 'paused', paused: true });
		await verdictIs(page, 'Paused');
		await healthSays(page, 'Paused: parts that pass now are not inspected.');
		station.set({
			status: 'faulted',
			paused: false,
			fault: { code: 'INTERNAL', message: 'The lamp is dark.', since: '' },
		});
		await verdictIs(page, 'Not inspecting');
		await healthSays(page, 'The lamp is dark.');
		station.set({ status: 'running', fault: undefined });
		await verdictIs(page, 'OK');
		await close();
		await verdictIs(page, 'No news');
		await healthSays(page, /The station has not answered since \d\d:\d\d:\d\d/);
		await reopen();
		await page.locator('#link-page', { hasText: 'live' }).waitFor();
		const { partId } = await station.inspect('ok');
		await page.locator('#part', { hasText: partId }).waitFor();
		await verdictIs(page, 'OK');
	});

	t.test('says when the broker is gone and how much waits', async (t) => {
		const { page, station } = await open(t, browser);
		const broker = { url: 'mqtts://broker.plant:8883', status: 'offline', embedded: false } as const;
		station.set({ broker, outbox: { pending: 1204 } });
		await page.getByText('The broker mqtts://broker.plant:8883 cannot be reached').waitFor();
		t.match(await page.locator('#link-broker').textContent(), /offline, 1\s204 waiting/);
	});

	t.test('a part can be looked at with the keyboard alone, and Escape goes back to live', async (t) => {
		const { page, station } = await open(t, browser);
		const defect = await station.inspect('defect');
		await page.locator('#part', { hasText: defect.partId }).waitFor();
		await linger(page);
		for (let i = 0; i < 3; i++) await station.inspect('ok');
		await page.locator('#strip button').nth(3).waitFor();
		await page.locator('#strip button').first().focus();
		for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
		await page.keyboard.press('Enter');
		await page.locator('#part', { hasText: defect.partId }).waitFor();
		const later = await station.inspect('ok');
		await page.locator('#parts', { hasText: '5' }).waitFor();
		t.equal(await page.locator('#part').textContent(), defect.partId, 'the chosen part stays');
		t.equal(await page.locator('#strip button').count(), 4, 'the strip holds still while it has the focus');
		await page.keyboard.press('Escape');
		await page.locator('#part', { hasText: later.partId }).waitFor();
	});

	t.test('the strip can show only the parts that did not pass', async (t) => {
		const { page, station } = await open(t, browser);
		for (const verdict of ['ok', 'defect', 'ok', 'not-inspected', 'review'] as const) await station.inspect(verdict);
		await page.locator('#strip button').nth(4).waitFor();
		await page.getByText('Not passed', { exact: true }).click();
		await page.locator('#strip button').nth(3).waitFor({ state: 'detached' });
		const names = await page
			.locator('#strip button')
			.evaluateAll((all) => all.map((one) => one.getAttribute('data-verdict')));
		t.same(names, ['review', 'not-inspected', 'defect']);
	});

	t.test('a label that a person gave stands beside the part, at once and after loading', async (t) => {
		const { page, station } = await open(t, browser);
		const { resultId, partId, score } = await station.inspect('ok');
		const other = await station.inspect('defect');
		station.label(resultId, { defective: true, class: 'scratch', reason: 'looked at the part' });
		await page.locator('#strip button').nth(1).click();
		await page.locator('#said', { hasText: 'Labelled scratch by ada' }).waitFor();
		t.match(await page.locator('#said').getAttribute('title'), /looked at the part/);
		t.equal(await page.locator('#verdict').textContent(), 'OK', 'the verdict stays what it was');
		const name = `${partId}, OK, score ${score!.toFixed(3)}. Labelled scratch by ada`;
		await page.getByRole('button', { name, exact: true }).waitFor();
		await page.reload();
		await page.getByRole('button', { name, exact: true }).waitFor();
		t.equal(await page.locator('#strip .said:visible').count(), 1);
		await page.locator('#part', { hasText: other.partId }).waitFor();
		t.equal(await page.locator('#said').isVisible(), false, 'the other part has no label');
		station.label(resultId, { defective: false });
		await page.getByRole('button', { name: /Labelled sound by ada/ }).waitFor();
	});

	t.test('nothing shifts, overflows or complains, in any size and scheme', async (t) => {
		for (const [width, height, colorScheme] of [
			[1440, 900, 'light'],
			[1440, 900, 'dark'],
			[1024, 768, 'light'],
			[390, 844, 'dark'],
		] as const) {
			const { page, station, complaints } = await open(t, browser, { viewport: { width, height }, colorScheme });
			await page.locator('#link-page', { hasText: 'live' }).waitFor();
			await page.evaluate(watchShifts);
			for (const verdict of ['ok', 'defect', 'review', 'not-inspected'] as const) {
				const { partId } = await station.inspect(verdict);
				await verdictIs(page, WORDS[verdict]);
				await page.locator('#strip').getByTitle(partId).waitFor();
			}
			const what = `${width}×${height} ${colorScheme}`;
			t.ok(Number(await page.evaluate('document.body.dataset.shift')) < 0.01, `${what}: nothing shifts`);
			t.equal(
				await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
				true,
				`${what}: no sideways scrolling`,
			);
			t.same(complaints, [], `${what}: the browser has no complaint`);
		}
	});
});

const WORDS: Record<Verdict, string> = {
	ok: 'OK',
	defect: 'Defect',
	review: 'Review',
	'not-inspected': 'Not inspected',
};

async function open(
	t: Test,
	browser: Browser,
	options: Parameters<Browser['newContext']>[0] = {},
	served: ConsoleOptions = {},
) {
	const station: FakeStation = fakeStation();
	let console: Console = await openConsole(station, { port: 0, ...served });
	const port = Number(new URL(console.url).port);
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
	const page = await context.newPage();
	page.setDefaultTimeout(8000);
	const complaints: string[] = [];
	page.on('pageerror', (error) => complaints.push(error.message));
	page.on('console', (message) => complaints.push(message.text()));
	t.teardown(async () => {
		await context.close();
		await console.close();
	});
	await page.goto(console.url);
	await page.locator('#link-page', { hasText: 'live' }).waitFor();
	return {
		page,
		station,
		complaints,
		close: () => console.close(),
		reopen: async () => {
			console = await openConsole(station, { port });
		},
	};
}

async function verdictIs(page: Page, word: string) {
	await page.getByRole('heading', { name: word, exact: true }).waitFor();
}

/** A part that did not pass stays in large for 0.9 s; the next is shown after that. */
async function linger(page: Page) {
	await page.waitForTimeout(950);
}

async function style(page: Page, selector: string, property: string) {
	return page.evaluate(`getComputedStyle(document.querySelector('${selector}')).getPropertyValue('${property}')`);
}

async function healthSays(page: Page, text: string | RegExp) {
	await page.locator('#health', { hasText: text }).waitFor();
}

const watchShifts = `
	document.body.dataset.shift = 0;
	new PerformanceObserver((list) => {
		for (const { value } of list.getEntries()) document.body.dataset.shift = Number(document.body.dataset.shift) + value;
	}).observe({ type: 'layout-shift' });
`;
