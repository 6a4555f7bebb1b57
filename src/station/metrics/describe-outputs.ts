/** What was driven for parts, in figures; nothing where a station has no outputs. */
import type { OutputState } from '../station-view.ts';
import type { Write } from './describe-station.ts';

export function describeOutputs(outputs: readonly OutputState[], gauge: Write, counter: Write): void {
	if (outputs.length === 0) return;
	gauge(
		'andon_output_up',
		'1 while the output and its encoder have no fault',
		outputs.map(({ id, fault }) => [Number(!fault), { output: id }]),
	);
	const tracked = outputs.filter(({ drives }) => drives !== 'heartbeat');
	counter(
		'andon_output_parts_total',
		'Parts that came to an output, by what was to be done with them',
		tracked.flatMap(({ id, passed = 0, rejected = 0, held = 0 }) =>
			Object.entries({ passed, rejected, held }).map(([outcome, count]) => [count, { output: id, outcome }] as const),
		),
	);
	counter(
		'andon_output_failsafe_total',
		'Of those rejected or held: without a verdict in time, or overruled',
		tracked.flatMap(({ id, late = 0, overruled = 0 }) =>
			Object.entries({ late, overruled }).map(([reason, count]) => [count, { output: id, reason }] as const),
		),
	);
	counter(
		'andon_output_driven_total',
		'Parts that the output was driven for',
		tracked.map(({ id, driven = 0 }) => [driven, { output: id }]),
	);
	counter(
		'andon_output_missed_total',
		'Parts that the output should have been driven for, and was not',
		tracked.map(({ id, missed = 0 }) => [missed, { output: id }]),
	);
	gauge(
		'andon_output_lateness_seconds',
		'How late after a part was due, over the last 1000',
		tracked.flatMap(({ id, lateMs }) =>
			lateMs
				? ([
						[lateMs.p50 / 1000, { output: id, quantile: '0.5' }],
						[lateMs.p99 / 1000, { output: id, quantile: '0.99' }],
					] as const)
				: [],
		),
	);
}
