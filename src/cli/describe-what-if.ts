/** What other thresholds would do, as a table to choose from, under a picture of the scores. */
import type { Rate } from '../metrics/operating-point.ts';
import type { Comparison } from '../metrics/what-if.ts';
import { columns } from './columns.ts';
import { range, trim } from './describe-point.ts';

const HEAD = ['threshold', 'missed', 'false rejects', 'rejects', 'for review'];

/** @param threshold the one that the others are compared with */
export function describeWhatIf({ rows, histogram }: Comparison, threshold: number): string {
	const { n, defectRate } = rows[0];
	const load = defectRate === 'as-recorded' ? 'parts as recorded' : `parts, ${trim(100 * defectRate)} % defective`;
	return [
		picture(histogram, threshold),
		'',
		columns(
			HEAD,
			rows.map((row) => [
				`${row.threshold === threshold ? '▸ ' : '  '}${trim(row.threshold)}`,
				...[row.misses, row.falseRejects, row.rejects, row.reviews].map(cell),
			]),
		),
		`per 1,000 (95 %, for all thresholds at once): missed of defective parts (n = ${n.defective}), false rejects of sound`,
		`parts (n = ${n.sound}), rejects and review of all ${load}`,
	].join('\n');
}

function cell(rate: Rate | undefined): string {
	return rate ? `${trim(1000 * rate.rate, 3)} (${range(rate)})` : '–';
}

const BARS = ' ▁▂▃▄▅▆▇█';

/** Histograms on one axis from 0 to 1; a bin with one part stays visible beside one with hundreds. */
function picture(histogram: Comparison['histogram'], threshold: number): string {
	const rows = Object.entries(histogram).filter(([, counts]) => counts.some((count) => count > 0));
	const bins = histogram.sound.length;
	const mark = Math.min(bins - 1, Math.floor(threshold * bins));
	return [
		...rows.map(([name, counts]) => `${name.padEnd(10)} ${bars(counts)}`),
		`${'0'.padEnd(11)}${`${' '.repeat(mark)}▲`.padEnd(bins)}1`,
	].join('\n');
}

function bars(counts: readonly number[]): string {
	const most = Math.max(...counts);
	return counts.map((count) => BARS[count && Math.max(1, Math.round(8 * Math.sqrt(count / most)))]).join('');
}
