/** What the step to integers cost and brought: speed, figures, verdicts, and every layer. */
import { figure } from '../chart.ts';
import { noiseByLayer } from '../charts/noise-by-layer.ts';
import { sparkline } from '../charts/sparkline.ts';
import { type Html, type HtmlPart, html } from '../html.ts';
import { type Message, messages } from '../messages.ts';
import type { Section } from '../page.ts';
import type {
	FlippedVerdict,
	InspectionReport,
	ProviderSpeed,
	QuantizationSummary,
	QuantizedLayer,
	TargetSummary,
} from '../report-data.ts';
import { table } from '../table.ts';
import { count, percent, plural, ratio, shorten, significant } from '../words.ts';
import { mistakeCase } from './mistakes-section.ts';
import { providerTable } from './provider-table.ts';
import { floatList, searchTables, targetPart } from './search-tables.ts';

interface Others {
	/** What else became of the float model. */
	readonly targets?: readonly TargetSummary[];
	readonly providers?: readonly ProviderSpeed[];
}

/** Of a bundle: with its figures under each precision, the verdicts that changed, and speeds. */
export function bundleQuantizationSection(report: InspectionReport): Section | undefined {
	const { quantization, models } = report;
	if (!quantization && models.length < 2) return undefined;
	return quantizationSection(quantization, report, [figuresByPrecision(report), flippedVerdicts(report)]);
}

/** Of models that were made of a single file. */
export function fileQuantizationSection(summary: QuantizationSummary | undefined, others: Others): Section {
	return quantizationSection(summary, others);
}

/** @param judged what is known from labelled images */
function quantizationSection(
	summary: QuantizationSummary | undefined,
	{ targets = [], providers }: Others,
	judged?: HtmlPart,
): Section {
	const lead = summary
		? `Ranges by ${summary.chosen}, from ${plural(summary.calibrationImages, 'calibration image')}.`
		: 'No int8 model for CPUs was made.';
	const speeds = providers && providers.length > 0 && providerTable(providers);
	return {
		id: 'quantization',
		title: 'Quantization',
		lead,
		body: html`${summary && [messages(verdicts(summary)), headline(summary)]}
${judged}
${speeds}
${summary && onIntegers(summary)}
${targets.map(targetPart)}`,
	};
}

function onIntegers(summary: QuantizationSummary): Html {
	const { layers, inFloat } = summary;
	return html`${figure(
		'Signal to quantization noise along the network, in dB',
		html`<div class="wide" tabindex="0" role="region" aria-label="Signal to quantization noise by layer">${noiseByLayer(layers)}</div>`,
		'All rounding up to a value counts. 40 dB leave one part in a hundred as noise, 20 dB one in ten.',
	)}
<h3>How it was chosen</h3>
${searchTables(summary)}
<h3>What stays in float</h3>
${floatList(inFloat)}
<h3>Every quantized value</h3>
${layerTable(layers)}`;
}

function verdicts({ audit, speed }: QuantizationSummary): Message[] {
	const list: Message[] = [];
	const { passed, fused, floatConvolutions, strayPairs, interpolated = [] } = audit;
	const but =
		interpolated.length > 0
			? `, but ${plural(interpolated.length, 'value')} that linear interpolation makes, which is faster in float`
			: '';
	if (passed)
		list.push({
			level: 'good',
			title: 'Audit passed',
			text: `All ${count(fused)} convolutions run on integers in the graph that ONNX Runtime makes of the model, and no value is converted back and forth${but}.`,
		});
	else
		list.push({
			level: 'warning',
			title: 'Audit failed',
			text: `${plural(fused, 'convolution')} on integers, ${count(floatConvolutions.length)} in float${listed(floatConvolutions)}, ${plural(strayPairs.length, 'stray conversion')}${listed(strayPairs)}.`,
		});
	if (speed && speed.ratio <= 1)
		list.push({
			level: 'warning',
			title: 'Not faster',
			text: `int8 takes ${significant(speed.int8Ms, 3)} ms and fp32 ${significant(speed.fp32Ms, 3)} ms on the machine that measured: float stays the better choice there.`,
		});
	return list;
}

function listed(names: readonly string[]): string {
	return names.length === 0 ? '' : ` (${names.slice(0, 3).join('; ')}${names.length > 3 ? '; …' : ''})`;
}

function headline({ speed, layers, audit }: QuantizationSummary): Html {
	const known = layers.flatMap(({ sqnrDb, name }) => (sqnrDb === null ? [] : [{ sqnrDb, name }]));
	const [weakest] = known.toSorted((a, b) => a.sqnrDb - b.sqnrDb);
	const entry = (name: string, value: HtmlPart, note: string) =>
		html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`;
	return html`<dl class="figures">
${speed && entry('Speed', `${significant(speed.ratio, 3)}×`, `${significant(speed.int8Ms, 3)} ms against ${significant(speed.fp32Ms, 3)} ms, ${plural(speed.threads, 'thread')}`)}
${entry('On integers', count(audit.fused), 'convolutions')}
${weakest && entry('Weakest value', `${weakest.sqnrDb.toFixed(1)} dB`, shorten(weakest.name, 40))}
</dl>`;
}

function layerTable(layers: readonly QuantizedLayer[]): Html {
	return table({
		caption: 'Quantized values in the order of the network',
		head: ['Value', 'Weights', 'Signal to noise', 'Seen', 'Scale', 'Zero point', 'Saturated'],
		rows: layers.map(({ name, op, weights, sqnrDb, seen, scale, zeroPoint, saturated, inFloat }) => [
			html`<span class="layer" title="${name}">${shorten(name, 28)}</span><small class="under">${op}${inFloat && ', kept in float for accuracy'}</small>`,
			weights
				? sparkline(
						weights.counts,
						`weights from −${significant(weights.largest, 2)} to ${significant(weights.largest, 2)}`,
					)
				: '',
			sqnrDb === null ? 'exact' : `${sqnrDb.toFixed(1)} dB`,
			`${significant(seen.min, 3)} … ${significant(seen.max, 3)}`,
			significant(scale, 3),
			String(zeroPoint),
			percent(saturated, 3),
		]),
	});
}

function figuresByPrecision({ models, split }: InspectionReport): Html {
	const float = models.find(({ precision }) => precision === 'fp32')?.evaluation;
	const change = (value: number | undefined, from: number | undefined) => {
		if (value === undefined || from === undefined || value === from) return '';
		return html`<small class="under">${value > from ? '+' : '−'}${significant(100 * Math.abs(value - from), 2)} points</small>`;
	};
	const masks = models.some(({ evaluation }) => evaluation.pixel);
	return html`${table({
		caption: `AP, recall${masks ? ' and IoU' : ''} on ${split}`,
		head: ['Precision', 'AP', 'Threshold', 'Recall', ...(masks ? ['IoU'] : []), 'Defects lost', 'Verdicts flipped'],
		rows: models.map(({ precision, evaluation: { image, pixel, operatingPoint }, flips }) => [
			precision,
			html`${ratio(image.ap)}${change(image.ap, float?.image.ap)}`,
			significant(operatingPoint.threshold, 3),
			ratio(image.recall),
			...(masks ? [html`${ratio(pixel?.iou)}${change(pixel?.iou, float?.pixel?.iou)}`] : []),
			flips ? count(flips.lost) : '–',
			flips ? percent(flips.share, 2) : '–',
		]),
	})}
<p class="note">Each precision is judged at its own operating point. Differences of AP and IoU are to fp32; lost are defective images, and flipped all images, that fp32 judges otherwise at that same threshold.</p>`;
}

function flippedVerdicts({ flips, models }: InspectionReport): Html | undefined {
	if (!flips) return undefined;
	const { threshold } = models[0].evaluation.operatingPoint;
	if (flips.length === 0)
		return html`<h3>Flipped verdicts</h3><p class="note">None: ${models[0].precision} and fp32 judge every image alike.</p>`;
	return html`<h3>Flipped verdicts</h3><p class="note">Images on different sides of the threshold ${significant(threshold)}.</p>
<ol class="cases">${flips.map((flip) => mistakeCase(flip, flipWords(flip, threshold)))}</ol>`;
}

function flipWords({ defective, score, floatScore, class: name }: FlippedVerdict, threshold: number): string {
	const right = defective === score >= threshold;
	return `${name}: ${right ? 'now right' : defective ? 'now missed' : 'now a false alarm'}; fp32 ${significant(floatScore, 3)}`;
}
