/** Any feature of a GenICam camera by its name: checked against what the camera says of it, so that a refusal can be acted on. */
import { AndonError, messageOf } from '../../../base/errors.ts';
import type { Aravis, Pointer } from './aravis.ts';
import { similarFeatures } from './feature-names.ts';
import type { GenicamDevice } from './open-device.ts';

export type FeatureValue = boolean | number | string;

type Kind = Exclude<keyof Aravis['types'], 'category'>;

/** Enumerations and booleans are integers too: the narrower kind comes first. */
const KINDS: readonly Kind[] = ['command', 'boolean', 'enumeration', 'float', 'integer', 'string'];

interface Feature {
	readonly device: GenicamDevice;
	readonly name: string;
	readonly value: FeatureValue;
}

const SETTERS: Readonly<Record<Kind, (feature: Feature) => Promise<void>>> = {
	command: async (feature) => {
		if (feature.value !== true) throw wrong(feature, '`true`, which runs the command');
		await feature.device.use((aravis, camera) => aravis.execute(camera, feature.name));
	},
	boolean: async (feature) => {
		const { value } = feature;
		if (typeof value !== 'boolean') throw wrong(feature, '`true` or `false`');
		await feature.device.use((aravis, camera) => aravis.setBoolean(camera, feature.name, Number(value)));
	},
	enumeration: async (feature) => {
		const choices = await feature.device.use((aravis, camera) => aravis.choices(camera, feature.name));
		// YAML reads a bare On, Off or 1 as something else than the text.
		if (!choices.includes(String(feature.value))) throw wrong(feature, `one of ${choices.join(', ')}, as text`);
		await feature.device.use((aravis, camera) => aravis.setString(camera, feature.name, String(feature.value)));
	},
	float: async (feature) => {
		const value = await inBounds(feature, (aravis, camera) => aravis.floatBounds(camera, feature.name));
		await feature.device.use((aravis, camera) => aravis.setFloat(camera, feature.name, value));
	},
	integer: async (feature) => {
		if (!Number.isSafeInteger(feature.value)) throw wrong(feature, 'a whole number');
		const value = await inBounds(feature, (aravis, camera) => aravis.integerBounds(camera, feature.name));
		await checkSteps(feature, value);
		await feature.device.use((aravis, camera) => aravis.setInteger(camera, feature.name, value));
	},
	string: async (feature) => {
		await feature.device.use((aravis, camera) => aravis.setString(camera, feature.name, String(feature.value)));
	},
};

/** @throws CONFIG_INVALID saying what the camera takes instead */
export async function setFeature(device: GenicamDevice, name: string, value: FeatureValue): Promise<void> {
	const feature = { device, name, value };
	const kind = kindOf(device, name);
	if (!kind) throw unknown(feature);
	await refusing(feature, async () => {
		if (!(await device.use((aravis, camera) => aravis.isAvailable(camera, name))))
			throw wrong(feature, 'a feature that can be set now', 'it is not available as the camera is set up');
		await SETTERS[kind](feature);
	});
}

export function hasFeature(device: GenicamDevice, name: string): boolean {
	return kindOf(device, name) !== undefined;
}

/** What goes wrong at the camera is told as the refusal of this setting. */
export async function refusing(feature: Omit<Feature, 'device'>, set: () => Promise<void>): Promise<void> {
	try {
		await set();
	} catch (cause) {
		if (cause instanceof AndonError) throw cause;
		throw wrong(feature, 'a value that the camera takes', messageOf(cause), cause);
	}
}

/** @throws CONFIG_INVALID */
export async function inBounds(
	feature: Feature,
	bounds: (aravis: Aravis, camera: Pointer) => Promise<readonly [low: number, high: number]>,
): Promise<number> {
	const { device, value } = feature;
	const [low, high] = await device.use(bounds);
	if (typeof value === 'number' && value >= low && value <= high) return value;
	throw wrong(feature, `a number from ${low} to ${high}`);
}

function unknown(feature: Feature): AndonError {
	const { device, name } = feature;
	const similar = similarFeatures(device, name).join(', ');
	const found = `no feature of that name${similar && `, but ${similar}`}`;
	return wrong(feature, `a feature of the camera ${device.id}`, found);
}

export function wrong(
	{ name, value }: Omit<Feature, 'device'>,
	expected: string,
	found = '',
	cause?: unknown,
): AndonError {
	const facts = {
		expected: `${name} to be ${expected}`,
		found: found === '' ? JSON.stringify(value) : `${JSON.stringify(value)}: ${found}`,
		fix: 'Correct the camera in station.yaml; the manual of the camera lists its features.',
	};
	return new AndonError('CONFIG_INVALID', facts, { cause });
}

function kindOf({ aravis, device }: GenicamDevice, name: string): Kind | undefined {
	const node: Pointer = aravis.node(device, name);
	return node ? KINDS.find((kind) => aravis.isA(node, aravis.types[kind]())) : undefined;
}

async function checkSteps(feature: Feature, value: number): Promise<void> {
	const { device, name } = feature;
	const step = Number(await device.use((aravis, camera) => aravis.integerIncrement(camera, name)));
	if (step <= 1) return;
	const [low] = await device.use((aravis, camera) => aravis.integerBounds(camera, name));
	if ((value - low) % step !== 0) throw wrong(feature, `${low} plus a multiple of ${step}`);
}
