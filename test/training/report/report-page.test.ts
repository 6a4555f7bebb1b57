/** The report in a real browser: in both schemes, on a desk and on a phone, on paper, with nothing fetched. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { renderReport } from '../../../src/training/report/render-report.ts';
import { noBrowser, openBrowser } from '../../support/browser.ts';
import { classificationReport, inspectionReport } from '../../support/report-fixture.ts';

t.test('the report', { skip: noBrowser }, async (t) => {
	const dir = t.testdir();
	mkdirSync(dir, { recursive: true });
	const files = { inspection: `${dir}/inspection.html`, classification: `${dir}/classification.html` };
	writeFileSync(files.inspection, renderReport(await inspectionReport()));
	writeFileSync(files.classification, renderReport(await classificationReport()));
	const browser = await openBrowser();
	t.teardown(() => browser.close());

	t.test('fits any width and scheme, fetches nothing and has no complaint', async (t) => {
		for (const [width, colorScheme] of [
			[1280, 'light'],
			[1280, 'dark'],
			[390, 'light'],
			[390, 'dark'],
		] as const)
			for (const [kind, file] of Object.entries(files)) {
				const { page, requests, complaints } = await open(t, browser, file, {
					viewport: { width, height: 900 },
					colorScheme,
				});
				const what = `${kind}, ${width} ${colorScheme}`;
				const [wide, broken] = await page.evaluate<[boolean, number]>(
					'[document.documentElement.scrollWidth <= innerWidth, [...document.images].filter((i) => !i.naturalWidth).length]',
				);
				t.ok(wide, `${what}: no sideways scrolling`);
				t.equal(broken, 0, `${what}: every picture shows`);
				t.same(requests, [], `${what}: nothing is fetched`);
				t.same(complaints, [], `${what}: the browser has no complaint`);
			}
	});

	t.test('every text can be read: a contrast of 4.5 and more in both schemes', async (t) => {
		for (const colorScheme of ['light', 'dark'] as const) {
			const { page } = await open(t, browser, files.inspection, { colorScheme });
			const faint = await page.evaluate<string[]>(FAINT);
			t.same(faint, [], colorScheme);
		}
	});

	t.test('the switch overrules the device, without a script', async (t) => {
		const { page } = await open(t, browser, files.inspection, { colorScheme: 'light' });
		const background = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
		const light = await background();
		await page.getByText('Dark', { exact: true }).click();
		const dark = await background();
		t.not(dark, light);
		await page.keyboard.press('ArrowLeft');
		t.equal(await background(), light, 'with the keyboard too');
	});

	t.test('is told to a screen reader: sections, charts and tables have names', async (t) => {
		const { page } = await open(t, browser, files.inspection);
		await page.getByRole('heading', { level: 1, name: /housing/ }).waitFor();
		await page.getByRole('region', { name: 'The decision' }).waitFor();
		await page.getByRole('img', { name: /^Precision against recall; average precision 0\.\d+/ }).waitFor();
		await page.getByRole('table', { name: 'Figures on test by precision' }).waitFor();
		await page.getByRole('rowheader', { name: 'Recall', exact: true }).waitFor();
	});

	t.test('prints light, whatever the screen shows, without the switch', async (t) => {
		const { page } = await open(t, browser, files.inspection, { colorScheme: 'dark' });
		await page.emulateMedia({ media: 'print' });
		t.equal(await page.evaluate('getComputedStyle(document.body).color'), 'rgb(23, 25, 27)');
		t.notOk(await page.locator('.scheme').isVisible());
	});
});

async function open(t: Test, browser: Browser, file: string, options: BrowserContextOptions = {}) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
	t.teardown(() => context.close());
	const page: Page = await context.newPage();
	page.setDefaultTimeout(8000);
	const url = pathToFileURL(file).href;
	const requests: string[] = [];
	const complaints: string[] = [];
	page.on('request', (request) => {
		if (request.url() !== url && !request.url().startsWith('data:')) requests.push(request.url());
	});
	page.on('pageerror', (error) => complaints.push(error.message));
	page.on('console', (message) => complaints.push(message.text()));
	await page.goto(url);
	return { page, requests, complaints };
}

/** Texts whose contrast with what lies behind them (WCAG 2.2, relative luminance) is below 4.5. */
const FAINT = `(() => {
	const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
	const rgba = (colour) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = colour;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const luminance = (colour) => {
		const [r, g, b] = colour.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const behind = (element) => {
		for (let e = element; e; e = e.parentElement) {
			const colour = rgba(getComputedStyle(e).backgroundColor);
			if (colour[3] === 255) return colour;
		}
		return [255, 255, 255, 255];
	};
	const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const faint = new Set();
	while (words.nextNode()) {
		const element = words.currentNode.parentElement;
		if (!words.currentNode.textContent.trim() || !element.getClientRects().length) continue;
		const style = getComputedStyle(element);
		const ink = rgba(element instanceof SVGElement ? style.fill : style.color);
		const [a, b] = [luminance(ink.slice(0, 3)), luminance(behind(element).slice(0, 3))].sort((x, y) => y - x);
		const contrast = (a + 0.05) / (b + 0.05);
		if (contrast < 4.5) faint.add(contrast.toFixed(2) + ' ' + words.currentNode.textContent.trim().slice(0, 40));
	}
	return [...faint];
})()`;
