/** station.yaml: what a station is made of, checked once and then frozen. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AndonError, messageOf } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import { PRECISIONS } from '../bundle/manifest.ts';
import { viewSchema } from '../imaging/view/view.ts';
import { PROVIDERS } from '../inference/providers.ts';
import { expectFiring } from './cameras/genicam/expect-firing.ts';
import { CAMERAS } from './cameras/index.ts';
import { decisionSchema, mmPerPixelSchema, needsScale } from './decision/decision-schema.ts';
import { driftConfigSchema } from './drift/drift-config.ts';
import { feedbackSchema } from './feedback/frame-rules.ts';
import { goldenSchema } from './golden/golden-options.ts';
import { holdBandSchema } from './inspector/messages.ts';
import { outputSchema } from './outputs/index.ts';
import { expectRecipes, recipeKeys, recipesOf } from './recipes/recipe-slots.ts';

/** Names that become parts of MQTT topics, file names and result ids. */
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, hyphens or underscores');
const port = z.int().min(0).max(65_535);
const path = z.string().min(1);

const cameraKeys = {
	id: id.meta({ description: 'Name of the camera, unique in this station' }),
	expectSize: z
		.strictObject({ width: z.int().positive(), height: z.int().positive() })
		.optional()
		.meta({ description: 'Frames of another size are not inspected; any size is fitted to the model if absent' }),
	mmPerPixel: mmPerPixelSchema.optional(),
	view: viewSchema
		.optional()
		.meta({ description: 'What of its image is inspected; the view of the recipe or the station if absent' }),
};

/** Composed from the sources' own schemas: a new source needs one more line. */
const cameraSchema = z.discriminatedUnion('source', [
	CAMERAS.simulator.optionsSchema.extend({ ...cameraKeys, source: z.literal('simulator') }),
	CAMERAS.folder.optionsSchema.extend({ ...cameraKeys, source: z.literal('folder') }),
	CAMERAS.v4l2.optionsSchema.extend({ ...cameraKeys, source: z.literal('v4l2') }),
	CAMERAS.csi.optionsSchema.extend({ ...cameraKeys, source: z.literal('csi') }),
	CAMERAS.rtsp.optionsSchema.extend({ ...cameraKeys, source: z.literal('rtsp') }),
	CAMERAS.genicam.optionsSchema.extend({ ...cameraKeys, source: z.literal('genicam') }),
	CAMERAS.videotest.optionsSchema.extend({ ...cameraKeys, source: z.literal('videotest') }),
	CAMERAS.http.optionsSchema.extend({ ...cameraKeys, source: z.literal('http') }),
	CAMERAS.webcam.optionsSchema.extend({ ...cameraKeys, source: z.literal('webcam') }),
]);

const brokerUrl = z
	.url({ protocol: /^(mqtts?|tcp|ssl|wss?)$/, error: 'expected a URL such as mqtt://broker:1883' })
	.refine((url) => new URL(url).password === '', 'expected no password in the URL; use passwordFile');

const mqttSchema = z
	.strictObject({
		url: brokerUrl.optional().meta({ description: 'The broker; an embedded one is started if absent' }),
		protocolVersion: z
			.union([z.literal(4), z.literal(5)])
			.default(5)
			.meta({ description: '4 = MQTT 3.1.1' }),
		prefix: z
			.string()
			.regex(/^[^+#/$][^+#]*$/, 'expected a topic without wildcards')
			.default('andon')
			.meta({ description: 'Topics are <prefix>/<station>/…' }),
		username: z.string().optional(),
		passwordFile: path.optional().meta({ description: 'File with the password; nothing else in it' }),
		embedded: z
			.strictObject({
				port: port.default(1883).meta({ description: '0 takes any free port' }),
				host: z.enum(['127.0.0.1', '::1', 'localhost']).default('127.0.0.1'),
			})
			.optional()
			.meta({ description: 'The embedded broker, on loopback only: it asks for no password' }),
	})
	.superRefine((mqtt, context) => {
		if (mqtt.url === undefined || mqtt.embedded === undefined) return;
		context.addIssue({ code: 'custom', path: ['embedded'], message: 'expected either url or embedded, found both' });
	});

export const stationSchema = z
	.strictObject({
		station: id.meta({ description: 'Name of the station' }),
		...recipeKeys,
		cameras: z
			.array(cameraSchema)
			.min(1)
			.refine((list) => new Set(list.map((camera) => camera.id)).size === list.length, 'expected every id once')
			.superRefine(expectFiring),
		view: viewSchema.optional(),
		mqtt: mqttSchema.prefault({}),
		store: z.strictObject({ path: path.default('andon.db').meta({ description: 'SQLite file' }) }).prefault({}),
		console: z
			.strictObject({
				port: port.default(8080).meta({ description: '0 takes any free port' }),
				host: z.string().min(1).default('127.0.0.1'),
				tokenFile: path.optional().meta({
					description: 'File with the token for asking for parts over HTTP; without it only programs on this host may',
				}),
				allowedHosts: z.array(z.string().min(1)).default([]).meta({ description: 'Names it may be reached under' }),
			})
			.prefault({}),
		provider: z
			.union([
				z.enum(PROVIDERS),
				z
					.array(z.enum(PROVIDERS))
					.min(1)
					.refine((list) => new Set(list).size === list.length, 'expected every provider once'),
			])
			.default('cpu')
			.meta({
				description:
					'Proved at start by the reference frames of the bundle. Of a list the first one that proves itself; without a ' +
					'list nothing else is used in its place',
			}),
		precision: z.enum(PRECISIONS).optional().meta({
			description: 'Which model; if absent, what suits the provider: the default on cpu, fp16 on cuda and tensorrt',
		}),
		threads: z.int().min(0).max(256).default(0).meta({ description: 'Per camera; 0 = chosen by the runtime' }),
		handshake: z.boolean().default(false).meta({
			description: 'Publish the state and the events of every camera, as OPC 40100-1 names them, on handshake/<camera>',
		}),
		deadlineMs: z
			.int()
			.min(10)
			.max(60_000)
			.default(1000)
			.meta({ description: 'A part not decided so long after its trigger is not-inspected' }),
		queue: z
			.strictObject({
				limit: z
					.int()
					.min(1)
					.max(1000)
					.default(8)
					.meta({ description: 'Parts that may wait; one more is not-inspected' }),
			})
			.prefault({})
			.meta({ description: 'Between trigger and model, per camera; no part is ever dropped in silence' }),
		keepWarmMs: z.int().min(0).max(60_000).optional().meta({
			description:
				'An idle model is run so often, to keep it quick; 0 = never; if absent, 500 on GPUs and never on cpu',
		}),
		maxMemoryMb: z
			.int()
			.min(128)
			.default(2048)
			.meta({ description: 'Per camera; an inspector that uses more is replaced between parts' }),
		holdBand: holdBandSchema.optional().meta({ description: 'Scores around the threshold that a person reviews' }),
		feedback: feedbackSchema.prefault({}).meta({ description: 'Pictures to label, and the sample for the audit' }),
		decision: decisionSchema.optional().meta({ description: 'What counts as a defect, and how severe it is' }),
		drift: driftConfigSchema.prefault({}),
		golden: goldenSchema.prefault({}).meta({ description: 'Reference parts that prove that the station still sees' }),
		outputs: z
			.array(outputSchema)
			.default([])
			.refine((list) => new Set(list.map((output) => output.id)).size === list.length, 'expected every id once')
			.meta({ description: 'What is driven for parts: GPIO lines, Modbus coils, MQTT messages' }),
		onNotInspected: z.enum(['reject', 'hold']).default('reject').meta({ description: 'What becomes of such a part' }),
	})
	.superRefine(expectRecipes)
	.superRefine(({ outputs, cameras }, context) => {
		const known = cameras.map((camera) => camera.id);
		outputs.forEach((output, i) => {
			const unknown = output.cameras?.find((camera) => !known.includes(camera));
			const message = `expected cameras of this station (${known.join(', ')}), found ${unknown}`;
			if (unknown !== undefined) context.addIssue({ code: 'custom', path: ['outputs', i, 'cameras'], message });
		});
	})
	.superRefine(({ cameras, recipes = [] }, context) => {
		const own = recipes.findIndex(({ view }) => view !== undefined);
		if (own < 0 || cameras.every(({ view }) => view === undefined)) return;
		const message = 'expected views of cameras or views of recipes, found both: only one of them could hold';
		context.addIssue({ code: 'custom', path: ['recipes', own, 'view'], message });
	})
	.superRefine((config, context) => {
		const inMm = recipesOf(config).some(
			({ decision }) => decision && needsScale(decision) && decision.mmPerPixel === undefined,
		);
		if (!inMm) return;
		config.cameras.forEach(({ mmPerPixel }, i) => {
			const message = 'expected a scale, here or in decision.mmPerPixel, because sizes are given in mm';
			if (mmPerPixel === undefined) context.addIssue({ code: 'custom', path: ['cameras', i, 'mmPerPixel'], message });
		});
	});

export type StationConfig = Readonly<z.infer<typeof stationSchema>>;
export type CameraConfig = StationConfig['cameras'][number];

/** @throws CONFIG_INVALID naming every wrong path, FILE_UNREADABLE */
export async function readStationConfig(file: string): Promise<StationConfig> {
	const config = parseWith(stationSchema, parseText(await readText(file), file), file);
	return resolvePaths(config, dirname(resolve(file)));
}

/** SHA-256 over the configuration in force. */
export function hashOfConfig(config: StationConfig): string {
	return createHash('sha256').update(JSON.stringify(config)).digest('hex');
}

/** The password, if one is configured. @throws FILE_UNREADABLE */
export async function readPassword({ passwordFile }: StationConfig['mqtt']): Promise<string | undefined> {
	return passwordFile === undefined ? undefined : (await readText(passwordFile)).trimEnd();
}

async function readText(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (cause) {
		throw new AndonError(
			'FILE_UNREADABLE',
			{ expected: `a readable file ${file}`, found: messageOf(cause), fix: 'Check the path and its permissions.' },
			{ cause },
		);
	}
}

function parseText(text: string, file: string): unknown {
	try {
		return parseYaml(text);
	} catch (cause) {
		throw new AndonError(
			'CONFIG_INVALID',
			{ expected: `${file} to be YAML`, found: messageOf(cause), fix: 'Correct that line and try again.' },
			{ cause },
		);
	}
}

function resolvePaths(config: StationConfig, base: string): StationConfig {
	const from = (relative: string) => resolve(base, relative);
	const { mqtt, console: page } = config;
	return {
		...config,
		...(config.bundle === undefined ? {} : { bundle: from(config.bundle) }),
		...(config.recipes === undefined ? {} : { recipes: config.recipes.map((r) => ({ ...r, bundle: from(r.bundle) })) }),
		...(config.bundles === undefined ? {} : { bundles: from(config.bundles) }),
		store: { path: from(config.store.path) },
		mqtt: mqtt.passwordFile === undefined ? mqtt : { ...mqtt, passwordFile: from(mqtt.passwordFile) },
		cameras: config.cameras.map((camera) => resolveCamera(camera, from)),
		console: page.tokenFile === undefined ? page : { ...page, tokenFile: from(page.tokenFile) },
	};
}

function resolveCamera(camera: CameraConfig, from: (relative: string) => string): CameraConfig {
	if (camera.source === 'folder') return { ...camera, path: from(camera.path) };
	if (camera.source !== 'rtsp' || camera.passwordFile === undefined) return camera;
	return { ...camera, passwordFile: from(camera.passwordFile) };
}
