/** Whether what a station.yaml names is there and works: bundle, broker, disk. */
import { randomUUID } from 'node:crypto';
import { access, open, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import mqtt from 'mqtt';
import { AndonError, messageOf } from '../../base/errors.ts';
import { chooseModel } from '../../bundle/choose-model.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { operatingPointOf } from '../../bundle/operating-point-of.ts';
import type { Provider } from '../../inference/providers.ts';
import { guaranteesOf } from '../../metrics/operating-point.ts';
import { readPassword, readStationConfig, type StationConfig } from '../config.ts';
import { decisionFor } from '../decision/decision-schema.ts';
import { policyOf } from '../decision/policy.ts';
import { promiseVoidOf } from '../decision/promise.ts';
import { type RecipeSlot, recipesOf } from '../recipes/recipe-slots.ts';
import { checkCameras } from './check-cameras.ts';
import { checkOutputs } from './check-outputs.ts';
import { checkRecipeProvider } from './check-recipe-provider.ts';
import { checkViews } from './check-views.ts';
import { type Finding, failure } from './finding.ts';

const PATIENCE_MS = 5000;
const MB = 1e6;
/** Below the first, records may soon be lost; below the second it is time to act. */
const NEEDED_BYTES = 100 * MB;
const WANTED_BYTES = 1000 * MB;

export interface StationCheck {
	readonly findings: readonly Finding[];
	/** Undefined when the file itself is wrong. */
	readonly config?: StationConfig;
}

export async function checkStation(file: string): Promise<StationCheck> {
	try {
		const config = await readStationConfig(file);
		const { station } = config;
		const valid: Finding = { name: `station ${station}`, status: 'ok', found: `${file} is valid` };
		const recipes = recipesOf(config).flatMap((slot) => [
			checkBundle(slot, config),
			checkDecision(slot, config),
			checkSeeing(slot, config),
			checkProvider(slot, config),
		]);
		const checks = [...recipes, checkBroker(config), checkDisk(config)];
		const rest = await Promise.all(checks);
		const cameras = await checkCameras(config.cameras);
		const outputs = await checkOutputs(config.outputs);
		return { config, findings: [valid, ...rest.filter((finding) => finding !== undefined), ...cameras, ...outputs] };
	} catch (error) {
		return { findings: [failure(`station ${file}`, error)] };
	}
}

async function checkBundle(slot: RecipeSlot, { provider }: StationConfig): Promise<Finding> {
	const path = slot.folder;
	const name = nameOf(slot, 'bundle');
	try {
		const bundle = await openBundle(path);
		const { precision, why } = chooseModel(bundle, { provider: firstOf(provider), precision: slot.precision });
		const { name: title, version, operatingPoint } = bundle.manifest;
		const found = `${title} ${version}, ${precision} (${why}), every digest fits`;
		const own = operatingPointOf(bundle.manifest, precision);
		if (guaranteesOf(operatingPoint).length === 0 || guaranteesOf(own).length > 0) return { name, status: 'ok', found };
		return {
			name,
			status: 'warn',
			found: `${found}; nothing is certified for ${precision}`,
			expected: `an operating point certified on ${precision} scores, as there is for ${operatingPoint.precision}`,
			fix: `andon tune ${path} <dataset> --precision ${precision} --recall … --write`,
		};
	} catch (error) {
		return failure(name, error);
	}
}

/** Whether the bundle can follow the rules; nothing where there are none, or no bundle to ask. */
async function checkDecision(slot: RecipeSlot, { provider, cameras }: StationConfig): Promise<Finding | undefined> {
	const { decision, folder, precision } = slot;
	if (!decision) return undefined;
	const opened = await openBundle(folder).catch(() => undefined);
	if (!opened) return undefined;
	const name = nameOf(slot, 'decision');
	try {
		for (const { mmPerPixel } of cameras) policyOf(opened.manifest, decisionFor(decision, mmPerPixel));
		const point = operatingPointOf(
			opened.manifest,
			chooseModel(opened, { provider: firstOf(provider), precision }).precision,
		);
		const promiseVoid = promiseVoidOf(decision, point);
		if (promiseVoid.length === 0) return { name, status: 'ok', found: 'the bundle can follow every rule and size' };
		return {
			name,
			status: 'warn',
			found: promiseVoid.join(' '),
			expected: 'rules that leave the promise of the operating point as it is',
			fix: 'Remove those rules, or live without the promise.',
		};
	} catch (error) {
		return failure(name, error);
	}
}

/** Nothing where there is no bundle to look with. */
async function checkSeeing(slot: RecipeSlot, config: StationConfig): Promise<Finding | undefined> {
	const bundle = await openBundle(slot.folder).catch(() => undefined);
	if (!bundle) return undefined;
	const provider = firstOf(config.provider);
	const point = operatingPointOf(
		bundle.manifest,
		chooseModel(bundle, { provider, precision: slot.precision }).precision,
	);
	return checkViews(nameOf(slot, 'view'), slot, config, bundle, point);
}

/** Nothing where there is no bundle to try it with. */
async function checkProvider(slot: RecipeSlot, { provider, threads }: StationConfig): Promise<Finding | undefined> {
	const bundle = await openBundle(slot.folder).catch(() => undefined);
	const wanted = { provider, precision: slot.precision, threads };
	return bundle && checkRecipeProvider(nameOf(slot, 'model'), bundle, wanted);
}

/** The one that is wanted most. */
function firstOf(provider: StationConfig['provider']): Provider {
	return [provider].flat()[0];
}

/** With the recipe, where station.yaml names several. */
function nameOf({ id, named }: RecipeSlot, what: string): string {
	return named ? `${what} of recipe ${id}` : what;
}

async function checkBroker({ mqtt: settings }: StationConfig): Promise<Finding> {
	const { url, protocolVersion, username } = settings;
	if (!url) return { name: 'broker', status: 'ok', found: 'none configured: the station starts its own, on loopback' };
	try {
		const client = await mqtt.connectAsync(
			url,
			// An id of its own: the station's would throw a running station off the broker.
			{
				protocolVersion,
				username,
				password: await readPassword(settings),
				clientId: `andon-doctor-${randomUUID().slice(0, 8)}`,
				connectTimeout: PATIENCE_MS,
				reconnectPeriod: 0,
			},
			false,
		);
		await client.endAsync(true);
		return { name: 'broker', status: 'ok', found: `${url} lets us in` };
	} catch (error) {
		if (error instanceof AndonError) return failure('broker', error);
		return {
			name: 'broker',
			status: 'fail',
			found: messageOf(error) || 'no answer',
			expected: `to connect to ${url}${username ? ` as ${username}` : ''}`,
			fix: 'Check that the broker runs, its address, the firewall, user and password. Parts are inspected meanwhile, and kept.',
		};
	}
}

async function checkDisk({ store }: StationConfig): Promise<Finding> {
	const folder = dirname(store.path);
	try {
		await access(folder);
		await writeAndSync(join(folder, `.andon-doctor-${process.pid}.tmp`));
		const { bavail, bsize } = await statfs(folder);
		const free = bavail * bsize;
		const found = `${folder} is writable, ${describeBytes(free)} free`;
		if (free >= WANTED_BYTES) return { name: 'disk', status: 'ok', found };
		const status = free >= NEEDED_BYTES ? 'warn' : 'fail';
		const expected = `at least ${describeBytes(WANTED_BYTES)} free`;
		return { name: 'disk', status, found, expected, fix: 'Free some space, or put `store.path` on a larger disk.' };
	} catch (error) {
		return {
			name: 'disk',
			status: 'fail',
			found: messageOf(error),
			expected: `a writable folder ${folder}`,
			fix: 'Create the folder, and give it to the user that the station runs as.',
		};
	}
}

async function writeAndSync(path: string): Promise<void> {
	try {
		const file = await open(path, 'wx');
		try {
			await file.writeFile(Buffer.alloc(4096));
			await file.sync();
		} finally {
			await file.close();
		}
	} finally {
		await rm(path, { force: true });
	}
}

function describeBytes(bytes: number): string {
	return bytes < 1000 * MB ? `${Math.round(bytes / MB)} MB` : `${(bytes / 1000 / MB).toFixed(1)} GB`;
}
