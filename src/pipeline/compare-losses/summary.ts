/** A loss comparison as rows of figures: what the table, the page and the console show. */
import { FIGURE_TITLES, type FigureName } from '../trials/figures.ts';
import type { ComparedLoss, LossComparison } from './compare-losses.ts';
import { deviation, mean } from './statistics.ts';

/** The figures that at least one run has, in order. */
export function shownFigures({ losses }: LossComparison): readonly FigureName[] {
	const runs = losses.flatMap((loss) => loss.runs);
	return (Object.keys(FIGURE_TITLES) as FigureName[]).filter((name) =>
		runs.some(({ test }) => test !== null && test[name] !== null),
	);
}

/** One figure of every run that has it, on `test`. */
export function valuesOf({ runs }: ComparedLoss, figure: FigureName): readonly number[] {
	return runs.flatMap(({ test }) => (test?.[figure] == null ? [] : [test[figure]]));
}

export function headOf(comparison: LossComparison): readonly string[] {
	return ['loss', 'val metric', ...shownFigures(comparison).map((name) => FIGURE_TITLES[name]), 'runs'];
}

/** Mean ± standard deviation over the seeds, a row a loss. */
export function rowsOf(comparison: LossComparison): readonly (readonly string[])[] {
	const figures = shownFigures(comparison);
	return comparison.losses.map((loss) => {
		const diverged = loss.runs.filter((run) => run.diverged !== null).length;
		return [
			loss.name,
			spread(loss.runs.flatMap(({ metric }) => (metric === null ? [] : [metric]))),
			...figures.map((name) => spread(valuesOf(loss, name))),
			diverged > 0 ? `${loss.runs.length}, ${diverged} diverged` : String(loss.runs.length),
		];
	});
}

function spread(values: readonly number[]): string {
	if (values.length === 0) return '–';
	const middle = mean(values).toFixed(3);
	return values.length === 1 ? middle : `${middle} ± ${deviation(values).toFixed(3)}`;
}
