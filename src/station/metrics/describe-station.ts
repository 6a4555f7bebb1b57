/** The figures of this very moment: written anew at every scrape, so that what is gone (a camera, a provider) goes. */
import type { Registry } from 'prom-client';
import type { Delay } from '../../base/event-loop-delay.ts';
import type { CameraState, StationState } from '../station-view.ts';
import { describeOutputs } from './describe-outputs.ts';
import { hostTemperatures } from './host-temperatures.ts';
import { processUsage } from './process-usage.ts';

export interface StationCounts {
	/** By camera and verdict, and by camera and error code, with a space between. */
	readonly verdicts: ReadonlyMap<string, number>;
	readonly missed: ReadonlyMap<string, number>;
	/** Parts that have a verdict and are not durable yet. */
	readonly waitingRecords: number;
}

type Labels = Readonly<Record<string, string>>;
type Values = readonly (readonly [value: number, labels?: Labels])[];

const STATUSES = ['starting', 'running', 'paused', 'degraded', 'faulted', 'stopped'] as const;

/** @param delay of this process's event loop */
export async function describeStation(state: StationState, counts: StationCounts, delay: Delay): Promise<Registry> {
	const prom = await import('prom-client');
	const registry = new prom.Registry();
	const gauge = (name: string, help: string, values: Values) => {
		const metric = new prom.Gauge({ name, help, labelNames: namesIn(values), registers: [registry] });
		write(values, (value, labels) => metric.set(labels, value));
	};
	const counter = (name: string, help: string, values: Values) => {
		const metric = new prom.Counter({ name, help, labelNames: namesIn(values), registers: [registry] });
		write(values, (value, labels) => metric.inc(labels, value));
	};
	describeParts(state, counts, gauge, counter);
	describeCameras(state.cameras, gauge, counter);
	describeOutputs(state.outputs ?? [], gauge, counter);
	describeItself(state, delay, gauge);
	await describeHost(state.cameras, gauge, counter);
	return registry;
}

export type Write = (name: string, help: string, values: Values) => void;

function describeParts(state: StationState, counts: StationCounts, gauge: Write, counter: Write): void {
	counter('andon_parts_total', 'Parts that have their verdict, since the station started', [
		...byCamera(counts.verdicts, 'verdict'),
	]);
	counter('andon_parts_not_inspected_total', 'Parts that were not inspected, by the code of the reason', [
		...byCamera(counts.missed, 'code'),
	]);
	counter('andon_inspections_published_total', 'Inspections that the broker has acknowledged', [
		[state.counters.published],
	]);
	gauge('andon_outbox_pending_messages', 'Recorded and not yet acknowledged by the broker', [[state.outbox.pending]]);
	gauge('andon_store_waiting_writes', 'Handed to the store and not durable yet', [[counts.waitingRecords]]);
}

function describeCameras(cameras: readonly CameraState[], gauge: Write, counter: Write): void {
	const each = (value: (camera: CameraState) => number): Values =>
		cameras.map((camera) => [value(camera), { camera: camera.id }]);
	gauge(
		'andon_queue_parts',
		'Parts that wait for their inspection',
		each(({ waiting }) => waiting),
	);
	gauge(
		'andon_camera_up',
		'1 while the inspector of a camera lives and the camera has no fault',
		each(({ status, fault }) => Number(['running', 'paused', 'ended'].includes(status) && !fault)),
	);
	counter(
		'andon_inspector_restarts_total',
		'Deaths of an inspector that it was replaced after',
		each((c) => c.restarts),
	);
	counter(
		'andon_inspector_recycles_total',
		'Replacements of an inspector for its memory',
		each((c) => c.recycled),
	);
}

function describeItself(state: StationState, delay: Delay, gauge: Write): void {
	const { recipe, provider = 'none', precision, bootId, operatingPoint } = state;
	gauge('andon_station_info', 'What runs, in labels', [
		[1, { boot: bootId, recipe: recipe.id, recipe_version: recipe.version, provider, precision }],
	]);
	gauge('andon_station_status', '1 for the status that the station is in, else 0', [
		...STATUSES.map((status) => [Number(status === state.status), { status }] as const),
	]);
	gauge('andon_station_start_time_seconds', 'When the station started, seconds since 1970', [
		[Date.parse(state.startedAt) / 1000],
	]);
	gauge('andon_operating_point_threshold_ratio', 'Score from which a part is flagged', [[operatingPoint.threshold]]);
	gauge('andon_promise_void', '1 while something keeps the promised recall from holding', [
		[Number((state.promiseVoid?.length ?? 0) > 0)],
	]);
	gauge('andon_broker_connected', '1 while the broker is connected', [[Number(state.broker.status === 'connected')]]);
	gauge('andon_event_loop_delay_seconds', 'How late the event loop of the supervisor was, since the last scrape', [
		[delay.p50 / 1000, { quantile: '0.5' }],
		[delay.p99 / 1000, { quantile: '0.99' }],
		[delay.max / 1000, { quantile: '1' }],
	]);
}

async function describeHost(cameras: readonly CameraState[], gauge: Write, counter: Write): Promise<void> {
	const processes = [
		{ pid: process.pid, labels: { process: 'supervisor', camera: '' } },
		...cameras.flatMap(({ id, pid }) => (pid ? [{ pid, labels: { process: 'inspector', camera: id } }] : [])),
	];
	const [temperatures, ...usages] = await Promise.all([
		hostTemperatures(),
		...processes.map(async ({ pid, labels }) => ({ labels, usage: await processUsage(pid) })),
	]);
	const known = usages.flatMap(({ labels, usage }) => (usage ? [{ labels, usage }] : []));
	gauge(
		'andon_process_resident_memory_bytes',
		'Memory of the supervisor and of each inspector',
		known.map(({ labels, usage }) => [usage.residentBytes, labels]),
	);
	counter(
		'andon_process_cpu_seconds_total',
		'Processor time of the supervisor and of each inspector',
		known.map(({ labels, usage }) => [usage.cpuSeconds, labels]),
	);
	gauge(
		'andon_host_temperature_celsius',
		'Sensors of the host, where it has any',
		temperatures.map(({ sensor, celsius }) => [celsius, { sensor }]),
	);
}

function* byCamera(counts: ReadonlyMap<string, number>, label: string): Generator<readonly [number, Labels]> {
	for (const [key, count] of counts) {
		const [camera, value] = key.split(' ');
		yield [count, { camera, [label]: value }];
	}
}

function namesIn(values: Values): string[] {
	return [...new Set(values.flatMap(([, labels]) => Object.keys(labels ?? {})))];
}

function write(values: Values, set: (value: number, labels: Labels) => void): void {
	for (const [value, labels = {}] of values) set(value, labels);
}
