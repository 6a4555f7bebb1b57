/** What each room of a station is set up with, taken from the configuration and the recipe. */
import { driftReferenceIn } from '../bundle/drift-file.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { type Asks, asksOf } from './cameras/asks.ts';
import { type CameraConfig, readPassword, type StationConfig } from './config.ts';
import { decisionFor } from './decision/decision-schema.ts';
import { type DriftWatchSetup, isWatched } from './drift/drift-watch.ts';
import type { RulesInForce } from './feedback/epoch.ts';
import type { FeedbackSetup } from './feedback/feedback.ts';
import { frameFolder } from './feedback/frame-shelf.ts';
import type { GoldenHost } from './golden/golden-host.ts';
import type { HandshakeSetup } from './handshakes.ts';
import type { InspectorSetup } from './inspector/inspector.ts';
import type { InspectorRecipe } from './inspector/messages.ts';
import type { OutputsSetup } from './outputs/outputs.ts';
import type { MqttSettings } from './publish/mqtt/mqtt-publisher.ts';
import type { Recipe } from './recipes/recipe.ts';
import type { Store } from './store/store.ts';
import { viewOf, viewsOf } from './view-of.ts';
import type { WhatIfSources } from './what-if.ts';

/** How often an idle GPU model is run, unless the configuration says otherwise. */
const WARM_MS = 500;

export function inspectorSetup(
	{ id, source, expectSize, mmPerPixel: _, view: __, ...options }: CameraConfig,
	{ provider, deadlineMs, maxMemoryMb, queue, keepWarmMs = isOnProcessor(provider) ? 0 : WARM_MS }: StationConfig,
): Omit<InspectorSetup, 'frames'> {
	const asks = asksOf({ source, ...options });
	const camera = { camera: id, source, options, expectSize, asks };
	return { ...camera, deadlineMs, queueLimit: queue.limit, keepWarmMs, maxMemoryMb };
}

function isOnProcessor(provider: StationConfig['provider']): boolean {
	return [provider].flat().every((name) => name === 'cpu');
}

/** What each camera can be asked for. */
export function asksOfAll({ cameras }: StationConfig): ReadonlyMap<string, Asks> {
	return new Map(cameras.map((camera) => [camera.id, asksOf(camera)]));
}

export function handshakeSetup({ station, cameras }: StationConfig, bootId: string): HandshakeSetup {
	const kinds = cameras.map((camera) => {
		const asks = asksOf(camera);
		const trigger = 'trigger' in camera ? camera.trigger.on : undefined;
		return {
			id: camera.id,
			isSingle: asks !== undefined || trigger === 'gpio',
			isLive: asks !== undefined || trigger !== undefined,
		};
	});
	return { station, bootId, cameras: kinds };
}

/** A recipe as the inspector of a camera needs it. */
export function inspectorRecipe(
	camera: CameraConfig,
	{ cameras, threads, drift }: StationConfig,
	recipe: Recipe,
	operatingPoint: OperatingPoint,
): InspectorRecipe {
	const { scope, bundle, folder, model, device, holdBand, decision } = recipe;
	const { precision } = model;
	const inputStatistics = isWatched(drift, driftReferenceIn(bundle, precision, viewsOf(recipe, cameras)));
	const seen = { view: viewOf(recipe, camera), decision: decisionFor(decision, camera.mmPerPixel) };
	return {
		scope,
		...{ bundle: folder, manifestHash: bundle.manifestHash, precision, provider: device.provider, threads },
		...{ ...seen, operatingPoint, holdBand, inputStatistics },
	};
}

export function outputsSetup(config: StationConfig, bootId: string): OutputsSetup {
	const { station, outputs, deadlineMs, onNotInspected } = config;
	return { station, bootId, outputs, cameras: config.cameras.map(({ id }) => id), deadlineMs, onNotInspected };
}

export function feedbackSetup({ station, store, feedback }: StationConfig, bootId: string): FeedbackSetup {
	return { ...feedback, folder: frameFolder(store.path), boot: `${station}-${bootId}` };
}

/** All that decides over parts beside the operating point. */
export function rulesOf({ cameras }: StationConfig, recipe: Recipe): Omit<RulesInForce, 'operatingPoint'> {
	const { bundle, model, device, holdBand, decision } = recipe;
	const views = viewsOf(recipe, cameras);
	const scales = cameras.map(({ mmPerPixel }) => mmPerPixel);
	const configured = { holdBand, decision, scales, ...(views.some(Boolean) && { views }) };
	return { manifestHash: bundle.manifestHash, precision: model.precision, provider: device.provider, configured };
}

export function driftSetup({ station, drift, cameras }: StationConfig, recipe: Recipe): DriftWatchSetup {
	const { bundle, model, scope, place } = recipe;
	const views = viewsOf(recipe, cameras);
	return {
		station,
		cameras: cameras.map((camera) => camera.id),
		config: drift,
		reference: driftReferenceIn(bundle, model.precision, views),
		scope: `${scope} ${drift.defectiveShare}`,
		place,
	};
}

type GoldenSetup = Pick<GoldenHost, 'station' | 'options' | 'storePath' | 'place' | 'bundle' | 'precision' | 'recipe'>;

export function goldenSetup({ station, golden, store }: StationConfig, recipe: Recipe): GoldenSetup {
	const { bundle, model, reference, place } = recipe;
	const { precision } = model;
	return { station, options: golden, storePath: store.path, place, bundle, precision, recipe: reference };
}

/**
 * @param url where the broker is: the configured one, or the embedded one once it listens
 * @throws FILE_UNREADABLE when the password cannot be read
 */
export async function mqttSettings({ station, mqtt }: StationConfig, url: string): Promise<MqttSettings> {
	const embedded = !mqtt.url;
	// The embedded broker speaks 3.1.1 only.
	const protocolVersion = embedded ? 4 : mqtt.protocolVersion;
	const { prefix, username } = mqtt;
	return { url, embedded, protocolVersion, prefix, station, username, password: await readPassword(mqtt) };
}

export function whatIfSources({ bundle, model, scores, holdBand }: Recipe, store: Store): WhatIfSources {
	const { manifestHash } = bundle;
	return { store, calibration: scores, manifestHash, precision: model.precision, holdBand };
}
