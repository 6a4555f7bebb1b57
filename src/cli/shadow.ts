/** `andon shadow`: what the candidate beside a recipe would have decided, part by part. */
import { Command } from 'commander';
import type { ShadowReport, ShadowVerdict } from '../station/recipes/list-shadow.ts';
import { perform, withJson } from './action.ts';
import { columns } from './columns.ts';
import { STORE, sourceOf } from './feedback-source.ts';
import { numberOption } from './number-option.ts';

interface Flags {
	readonly limit: number;
	readonly json?: boolean;
}

export function shadowCommand(): Command {
	return withJson(new Command('shadow').argument(STORE, 'of a station that runs or not'))
		.description(
			'the parts about which a candidate and the recipe in force differ, with their pictures where they are kept',
		)
		.option('--limit <n>', 'so many at most', numberOption, 50)
		.addHelpText('after', '\nExample:\n  andon shadow station.yaml')
		.action((source: string, flags: Flags) => perform(flags, () => read(source, flags), describe));
}

async function read(path: string, { limit }: Flags): Promise<ShadowReport> {
	const { readStore } = await import('../station/store/read-store.ts');
	const { listShadow } = await import('../station/recipes/list-shadow.ts');
	const { store } = await sourceOf(path);
	const reader = readStore(store);
	try {
		return listShadow(reader, store, limit);
	} finally {
		reader.close();
	}
}

function describe({ since, counts, differences }: ShadowReport): string {
	const { of, scored, agree, moreDefects, fewerDefects, otherwise, failed } = counts;
	const summary = [
		`Since ${since} the candidate scored ${scored} of ${of} parts and agreed on ${agree}.`,
		`It would have stopped ${moreDefects} that passed and passed ${fewerDefects} that were stopped;`,
		`${otherwise} differ in reject or review, ${failed} came to nothing.`,
	].join(' ');
	const rows = differences.map(({ resultId, incumbent, candidate, frame }) => [
		resultId,
		say(incumbent),
		say(candidate),
		frame ?? '',
	]);
	return rows.length === 0 ? summary : `${summary}\n${columns(['part', 'in force', 'candidate', 'picture'], rows)}`;
}

function say({ verdict, score, threshold, reason }: ShadowVerdict): string {
	return score === undefined ? `${verdict} (${reason})` : `${verdict} (${score.toFixed(3)} at ${threshold.toFixed(3)})`;
}
