/** A search for settings, while it runs and when it is over. */
import type { Drawn } from '../pipeline/search/draw-settings.ts';
import type { SearchRequest, SearchResult, SearchTrial } from '../pipeline/search/search.ts';
import { columns } from './columns.ts';
import type { Progress } from './progress.ts';

const SETTINGS: Readonly<Record<keyof Drawn, string>> = {
	learningRate: 'rate',
	weightDecay: 'decay',
	batch: 'batch',
	base: 'base',
	positiveWeight: 'positive',
	scoreWeight: 'score ×',
	augmentation: 'augment ×',
};

export function searchProgress(
	progress: Progress,
): Pick<SearchRequest, 'onPlan' | 'onTrial' | 'onSearchProgress' | 'onWarning'> {
	return {
		onPlan: (rounds, seconds) => {
			const steps = rounds.map((round) => `${round.trials} × ${round.steps}`).join(', then ');
			progress.note(`trials × steps: ${steps}${seconds ? `; about ${Math.ceil(seconds / 60)} min` : ''}`);
		},
		onTrial: (trial, { seconds }) => progress.note(`${inWords(trial)} · ${seconds.toFixed(0)} s`),
		onSearchProgress: (done, total, name, { loss, imagesPerSecond }) =>
			progress.update(done, total, `${name} · loss ${loss.toFixed(3)} · ${imagesPerSecond.toFixed(0)} images/s`),
	};
}

/** The table of trials, the best first. */
export function describeSearch({ trials, rounds, leftOut, seconds }: SearchResult): string {
	const shown = (Object.keys(SETTINGS) as (keyof Drawn)[]).filter((key) =>
		trials.some(({ drawn }) => drawn?.[key] !== undefined),
	);
	const head = ['trial', ...shown.map((key) => SETTINGS[key]), ...rounds.map((round) => `val at ${round.steps}`)];
	const rows = trials.map(({ trial, drawn, metrics }) => [
		trial === 0 ? '0 (as given)' : String(trial),
		...shown.map((key) => String(drawn?.[key] ?? '–')),
		...rounds.map((_, i) => (i < metrics.length ? metricOf(metrics[i]) : '')),
	]);
	const late = leftOut > 0 ? `; ${leftOut} left out because time was up` : '';
	return `${columns(head, rows)}\n${trials.length} trials in ${Math.round(seconds / 60)} min${late}`;
}

function inWords({ trial, drawn, metrics }: SearchTrial): string {
	const settings = drawn
		? Object.entries(drawn)
				.filter(([, value]) => value !== undefined)
				.map(([key, value]) => `${SETTINGS[key as keyof Drawn]} ${value}`)
				.join(', ')
		: 'as given';
	return `trial ${trial} (${settings}): ${metricOf(metrics.at(-1)!)}`;
}

function metricOf(metric: number | null): string {
	return metric === null ? 'diverged' : metric.toFixed(3);
}
