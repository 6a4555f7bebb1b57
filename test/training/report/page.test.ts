import t from 'tap';
import { sharp } from '../../../src/imaging/sharp.ts';
import { figure } from '../../../src/training/report/chart.ts';
import { boxPlot } from '../../../src/training/report/charts/box-plot.ts';
import { html, trusted } from '../../../src/training/report/html.ts';
import { page } from '../../../src/training/report/page.ts';
import { standaloneSvg } from '../../../src/training/report/standalone-svg.ts';
import { table } from '../../../src/training/report/table.ts';

const NASTY = `<img src=x onerror="alert('1')"> & co`;
const ESCAPED = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co';

t.test('what is put into HTML is escaped, lists are joined, nothing stays nothing', async (t) => {
	t.equal(
		html`<p title="${NASTY}">${[NASTY, 1, false, null, undefined]}</p>`.text,
		`<p title="${ESCAPED}">${ESCAPED}1</p>`,
	);
	t.equal(html`<b>${trusted('<i>yes</i>')}${html`<u>${'<'}</u>`}</b>`.text, '<b><i>yes</i><u>&lt;</u></b>');
});

t.test('a page holds its sections, forbids the network and escapes every word', async (t) => {
	const text = page({
		title: NASTY,
		kicker: 'Training report',
		sections: [
			{ id: 'one', title: 'One', lead: NASTY, body: table({ caption: NASTY, head: ['', 'b'], rows: [[NASTY, 1]] }) },
			undefined,
		],
	});
	t.match(text, /^<!doctype html>\n<html lang="en">/);
	t.match(text, /default-src &#39;none&#39;/);
	t.match(text, '<section id="one" aria-labelledby="one-title">');
	t.notMatch(text, '<img');
	t.notMatch(text, /<script|https?:\/\//);
});

t.test('a box plot has a box and every value a dot, and stands alone as a picture', async (t) => {
	const groups = [
		{ name: NASTY, values: [0.2, 0.3, 0.4] },
		{ name: 'dice', values: [0.5, 0.55, 0.7] },
	];
	const svg = boxPlot({ label: 'IoU', groups });
	t.equal(svg.text.match(/<circle/g)?.length, 6);
	t.match(svg.text, 'median 0.550, 0.500 to 0.700, n = 3.');
	t.notMatch(svg.text, '<img');
	t.notMatch(svg.text, '⚠');
	t.match(figure(NASTY, svg, 'why').text, `<figcaption>${ESCAPED}</figcaption><svg role="img"`);
	const file = standaloneSvg(svg);
	t.notMatch(file, /var\(|currentColor/);
	const { width, format } = await sharp(await sharp(Buffer.from(file)).png().toBuffer()).metadata();
	t.same({ width, format }, { width: 640, format: 'png' });
});
