/** What each room of a station is set up with, taken from the configuration and the recipe. */
import { driftReferenceIn } from '../bundle/drift-file.ts';
import { type CameraConfig, readPassword, type StationConfig } from './config.ts';
import { decisionFor } from './decision/decision-schema.ts';
import type { DriftWatchSetup } from './drift/drift-watch.ts';
import type { FeedbackSetup } from './feedback/feedback.ts';
import { frameFolder } from './feedback/frame-shelf.ts';
import type { GoldenHost } from './golden/golden-host.ts';
import type { InspectorSetup } from './inspector/inspector.ts';
import type { MqttSettings } from './publish/mqtt/mqtt-publisher.ts';
import type { Recipe } from './recipe.ts';
import type { Store } from './store/store.ts';
import type { WhatIfSources } from './what-if.ts';

/** How often an idle GPU model is run, unless the configuration says otherwise. */
const WARM_MS = 500;

export function inspectorSetup(
	{ id, source, expectSize, mmPerPixel, ...options }: CameraConfig,
	config: StationConfig,
	{ bundle: { manifestHash }, model: { precision } }: Recipe,
): Omit<InspectorSetup, 'inputStatistics' | 'frames'> {
	const { bundle, provider, threads, deadlineMs, holdBand, maxMemoryMb } = config;
	const decision = decisionFor(config.decision, mmPerPixel);
	const camera = { camera: id, source, options, expectSize };
	const { queue, keepWarmMs = provider === 'cpu' ? 0 : WARM_MS } = config;
	const model = { bundle, manifestHash, precision, provider, threads };
	const limits = { deadlineMs, queueLimit: queue.limit, keepWarmMs, maxMemoryMb };
	return { ...camera, ...model, ...limits, holdBand, decision };
}

export function feedbackSetup(config: StationConfig, { bundle, model }: Recipe, bootId: string): FeedbackSetup {
	const { station, store, feedback, provider, holdBand, decision, cameras } = config;
	const configured = { holdBand, decision, scales: cameras.map(({ mmPerPixel }) => mmPerPixel) };
	return {
		...feedback,
		folder: frameFolder(store.path),
		boot: `${station}-${bootId}`,
		rules: { manifestHash: bundle.manifestHash, precision: model.precision, provider, configured },
	};
}

export function driftSetup(
	{ station, drift, cameras }: StationConfig,
	{ bundle, model, scope }: Recipe,
): DriftWatchSetup {
	return {
		station,
		cameras: cameras.map((camera) => camera.id),
		config: drift,
		reference: driftReferenceIn(bundle, model.precision),
		scope: `${scope} ${drift.defectiveShare}`,
	};
}

type GoldenSetup = Pick<GoldenHost, 'station' | 'options' | 'storePath' | 'bundle' | 'precision' | 'recipe'>;

export function goldenSetup({ station, golden, store }: StationConfig, recipe: Recipe): GoldenSetup {
	const { bundle, model, reference } = recipe;
	const { precision } = model;
	return { station, options: golden, storePath: store.path, bundle, precision, recipe: reference };
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

export function whatIfSources(
	{ holdBand }: StationConfig,
	{ bundle, model, scores }: Recipe,
	store: Store,
): WhatIfSources {
	const { manifestHash } = bundle;
	return { store, calibration: scores, manifestHash, precision: model.precision, holdBand };
}
