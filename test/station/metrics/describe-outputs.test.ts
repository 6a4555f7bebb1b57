import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { describeOutputs } from '../../../src/station/metrics/describe-outputs.ts';
import type { Write } from '../../../src/station/metrics/describe-station.ts';
import type { OutputState } from '../../../src/station/station-view.ts';

function metricsOf(outputs: readonly OutputState[]) {
	const metrics = new Map<string, Parameters<Write>[2]>();
	const write: Write = (name, _help, values) => void metrics.set(name, values);
	describeOutputs(outputs, write, write);
	return metrics;
}

t.test('what was driven is counted by output, and a heartbeat counts no parts', async (t) => {
	const fault = { code: 'OUTPUT_UNAVAILABLE', message: 'Gone.', since: '2026-01-02T03:04:05Z' };
	const counts = { passed: 90, rejected: 9, held: 1, late: 2, overruled: 3, driven: 8, missed: 1 };
	const metrics = metricsOf([
		{
			id: 'ejector',
			output: 'modbus',
			target: 'coil 3',
			drives: 'reject',
			...counts,
			lateMs: { p50: 1, p99: 4 },
			fault,
		},
		{ id: 'alive', output: 'gpio', target: 'line 4', drives: 'heartbeat' },
	]);
	t.same(metrics.get('andon_output_up'), [
		[0, { output: 'ejector' }],
		[1, { output: 'alive' }],
	]);
	t.same(metrics.get('andon_output_parts_total'), [
		[90, { output: 'ejector', outcome: 'passed' }],
		[9, { output: 'ejector', outcome: 'rejected' }],
		[1, { output: 'ejector', outcome: 'held' }],
	]);
	t.same(metrics.get('andon_output_failsafe_total'), [
		[2, { output: 'ejector', reason: 'late' }],
		[3, { output: 'ejector', reason: 'overruled' }],
	]);
	t.same(metrics.get('andon_output_driven_total'), [[8, { output: 'ejector' }]]);
	t.same(metrics.get('andon_output_missed_total'), [[1, { output: 'ejector' }]]);
	t.same(metrics.get('andon_output_lateness_seconds'), [
		[0.001, { output: 'ejector', quantile: '0.5' }],
		[0.004, { output: 'ejector', quantile: '0.99' }],
	]);
	const described = await readFile(fileURLToPath(new URL('../../../docs/metrics.md', import.meta.url)), 'utf8');
	for (const name of metrics.keys()) t.ok(described.includes(`| \`${name}\` |`), `docs/metrics.md describes ${name}`);
});

t.test('a station without outputs says nothing of them', async (t) => {
	t.equal(metricsOf([]).size, 0);
});
