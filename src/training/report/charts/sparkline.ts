/** A histogram as small as a word, for table cells. */
import { type Html, html } from '../html.ts';

const HEIGHT = 22;
const BAR = 3;

/** @param counts in bins of equal width; heights go by the square root, so that tails stay visible */
export function sparkline(counts: readonly number[], alternative: string): Html {
	const most = Math.sqrt(Math.max(1, ...counts));
	const bars = counts
		.map((count, i) => {
			const height = (HEIGHT * Math.sqrt(count)) / most;
			return count > 0 ? `M${i * BAR},${HEIGHT}v-${Math.max(0.5, height).toFixed(1)}h${BAR - 0.5}V${HEIGHT}z` : '';
		})
		.join('');
	return html`<svg class="spark" role="img" aria-label="${alternative}" width="${counts.length * BAR}" height="${HEIGHT}" viewBox="0 0 ${counts.length * BAR} ${HEIGHT}"><path d="${bars}"/></svg>`;
}
