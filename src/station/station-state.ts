/** The state of a station, put together from what its rooms say of themselves. */
import { whyGateIsOff } from '../bundle/cascade/why-gate-is-off.ts';
import type { Commandable } from './commands.ts';
import type { StationConfig } from './config.ts';
import { promiseVoidOf, shownPoint } from './decision/promise.ts';
import type { DriftWatch } from './drift/drift-watch.ts';
import type { Faults } from './faults.ts';
import type { GoldenWatch } from './golden/golden-watch.ts';
import type { Handshakes } from './handshakes.ts';
import type { Inspectors } from './inspector/inspectors.ts';
import type { Outputs } from './outputs/outputs.ts';
import { providerFault } from './providers/provider-fault.ts';
import type { Lineup } from './recipes/lineup.ts';
import type { Recipe } from './recipes/recipe.ts';
import type { BrokerState, StationState, StationStatus } from './station-view.ts';
import type { Store } from './store/store.ts';
import type { Tally } from './tally.ts';
import { viewsOf } from './view-of.ts';

/** This run of the station, as its state and its records name it. */
export type Boot = Pick<StationState, 'station' | 'bootId' | 'startedAt' | 'configurationHash'>;

export interface StationRooms {
	readonly boot: Boot;
	readonly phase: 'starting' | 'running' | 'stopped';
	readonly config: StationConfig;
	readonly recipe: Recipe;
	readonly lineup: Lineup;
	readonly settings: Commandable['settings'];
	readonly drift: DriftWatch;
	readonly golden: GoldenWatch;
	readonly inspectors: Inspectors;
	readonly handshakes: Handshakes;
	readonly outputs: Outputs;
	readonly broker: BrokerState;
	readonly store: Store;
	readonly tally: Tally;
	readonly faults: Faults;
}

export function stationState(rooms: StationRooms): StationState {
	const { boot, recipe, settings, drift, golden, inspectors, handshakes, broker, store, tally } = rooms;
	const whyVoid = promiseVoid(rooms);
	const { provider, placement } = inspectors;
	const { wanted, provider: used, why, passedOver } = recipe.device;
	const outputs = rooms.outputs.states();
	const fault = rooms.faults.current ?? providerFault(recipe.device);
	return {
		station: boot.station,
		bootId: boot.bootId,
		startedAt: boot.startedAt,
		at: new Date().toISOString(),
		status: statusOf(rooms),
		recipe: recipe.reference,
		...rooms.lineup.state(),
		operatingPoint: shownPoint(settings.operatingPoint, whyVoid),
		...(whyVoid.length > 0 ? { promiseVoid: whyVoid } : {}),
		...(recipe.decision?.severity.length ? { rules: recipe.decision.severity } : {}),
		drift: drift.state(),
		...(provider ? { provider } : {}),
		providers: { wanted, used, why, passedOver },
		...(placement ? { placement } : {}),
		...cascadeOf(rooms),
		precision: recipe.model.precision,
		precisionReason: recipe.model.why,
		input: recipe.bundle.manifest.input,
		configurationHash: boot.configurationHash,
		paused: settings.paused,
		cameras: inspectors.states().map((camera) => ({ ...camera, handshake: handshakes.stateOf(camera.id) })),
		...(outputs.length > 0 ? { outputs } : {}),
		broker,
		outbox: { pending: store.unsentCount },
		counters: tally.counters(),
		golden: golden.state(),
		audit: store.auditHead,
		...(fault ? { fault } : {}),
	};
}

function cascadeOf({ config, recipe, settings }: StationRooms): Pick<StationState, 'cascade'> {
	const { cascade } = recipe.bundle.manifest;
	if (!cascade) return {};
	const { threshold } = settings.operatingPoint;
	const { model, holdBand, decision } = recipe;
	const throughView = viewsOf(recipe, config.cameras).every((view) => view !== undefined);
	const rules = { precision: model.precision, threshold, holdBand, throughView, severity: decision?.severity };
	const why = whyGateIsOff(cascade, rules);
	const gating = why === undefined;
	return { cascade: { gating, ...(why && { why }), gate: cascade.gate.name, threshold: cascade.threshold } };
}

/** Why nothing is promised of the operating point; empty while its promise holds. */
export function promiseVoid({ config, recipe, settings, drift, golden }: StationRooms): readonly string[] {
	const rules = promiseVoidOf(recipe.decision, settings.operatingPoint, viewsOf(recipe, config.cameras));
	return [...rules, ...drift.promiseVoid, ...golden.promiseVoid];
}

function statusOf({
	phase,
	inspectors,
	recipe,
	outputs,
	settings,
	drift,
	golden,
	faults,
	broker,
}: StationRooms): StationStatus {
	if (phase !== 'running') return phase;
	const cameras = inspectors.states();
	if (cameras.some(({ status, fault }) => status === 'restarting' || fault?.blind)) return 'faulted';
	if (settings.paused) return 'paused';
	const alarms = [...drift.promiseVoid, ...golden.promiseVoid];
	if ([...cameras, ...outputs.states()].some(({ fault }) => fault)) return 'degraded';
	const fault = faults.current ?? providerFault(recipe.device) ?? broker.fault;
	return fault || alarms.length > 0 ? 'degraded' : 'running';
}
