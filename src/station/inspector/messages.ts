/** What supervisor and inspector say to each other; each side judges what it hears by these schemas. */
import { z } from 'zod';
import { operatingPointSchema, PRECISIONS } from '../../bundle/manifest.ts';
import { viewSchema } from '../../imaging/view/view.ts';
import { PROVIDERS } from '../../inference/providers.ts';
import { STATISTICS } from '../../metrics/drift/input-statistics.ts';
import { decisionSchema } from '../decision/decision-schema.ts';
import { frameRulesSchema } from '../feedback/frame-rules.ts';
import { capturedSchema, goldenMarkSchema, injectSchema, lookedSchema, presentSchema } from './golden-messages.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const sequence = z.int().min(1);
const facts = z.object({ expected: z.string(), found: z.string(), fix: z.string() });
const truth = z.object({ defective: z.boolean(), defectClass: z.string().optional() });

export const holdBandSchema = z.strictObject({
	below: z.number().min(0).max(1).meta({ description: 'Scores from threshold − below on are held' }),
	above: z.number().min(0).max(1).meta({ description: 'Scores below threshold + above are held' }),
});

/** What an inspector needs of a recipe. */
const inspectorRecipeSchema = z.object({
	/** Names slot, bundle and model; parts carry it. */
	scope: z.string(),
	bundle: z.string(),
	/** The bundle that the supervisor has opened: another one in its place is refused. */
	manifestHash: hash,
	precision: z.enum(PRECISIONS),
	view: viewSchema.optional(),
	provider: z.enum(PROVIDERS),
	threads: z.int().min(0),
	operatingPoint: operatingPointSchema,
	holdBand: holdBandSchema.optional(),
	decision: decisionSchema.optional(),
	/** Whether it is to say what frames look like. */
	inputStatistics: z.boolean().optional(),
	/** It passed every reference frame on this host, so one of them will do; how long its model took to open, ms. */
	provedMs: z.number().optional(),
});

export type InspectorRecipe = z.infer<typeof inspectorRecipeSchema>;

/** A candidate that scores the parts of the recipe beside it, without effect. */
const shadowSchema = z.object({ scope: z.string(), beside: z.string() });

export type Shadow = z.infer<typeof shadowSchema>;

/** Everything an inspector needs; the first message it gets. */
export const startSchema = z.object({
	kind: z.literal('start'),
	camera: z.string(),
	source: z.string(),
	options: z.unknown(),
	/** Frames of another size are not inspected. */
	expectSize: z.object({ width: z.int(), height: z.int() }).optional(),
	cursor: z.unknown(),
	/** Sequence of the next part. */
	sequence,
	recipe: inspectorRecipeSchema,
	/** To be kept loaded beside it. */
	standBy: z.array(inspectorRecipeSchema).readonly(),
	shadow: shadowSchema.optional(),
	deadlineMs: z.number().positive(),
	/** Parts that may wait for their inspection; one more is not inspected. */
	queueLimit: z.int().min(1),
	/** An idle model is run so often, to keep it quick; 0 = never. */
	keepWarmMs: z.number().min(0),
	frames: frameRulesSchema,
	paused: z.boolean(),
	previews: z.boolean(),
});

export type Start = z.infer<typeof startSchema>;

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

const triggerRequestSchema = z.object({
	id: z.string(),
	at: z.string(),
	monotonicMs: z.number(),
	partId: z.string().optional(),
	image: bytes.optional(),
});

export const toInspectorSchema = z.discriminatedUnion('kind', [
	startSchema,
	z.object({ kind: z.literal('operating-point'), change: z.int(), operatingPoint: operatingPointSchema }),
	/** Load and prove it, and keep it, while parts go on. */
	z.object({ kind: z.literal('prepare'), change: z.int(), recipe: inspectorRecipeSchema }),
	/** The loaded recipe of this scope is in force; others go, but for those to be kept. */
	z.object({
		kind: z.literal('settle'),
		change: z.int(),
		scope: z.string(),
		keep: z.array(z.string()).readonly(),
		shadow: shadowSchema.optional(),
	}),
	z.object({ kind: z.literal('pause'), change: z.int(), paused: z.boolean() }),
	z.object({ kind: z.literal('previews'), wanted: z.boolean() }),
	/** The part's record is durable. */
	z.object({ kind: z.literal('recorded'), sequence }),
	z.object({ kind: z.literal('trigger'), request: triggerRequestSchema }),
	injectSchema,
	presentSchema,
	z.object({ kind: z.literal('stop') }),
]);

export type ToInspector = z.infer<typeof toInspectorSchema>;

const cameraFault = z.object({ code: z.string(), message: z.string(), blind: z.boolean() });

const shotSchema = z.object({
	sequence,
	/** Scope of the recipe that was in force at its trigger, and decides over it. */
	recipe: z.string(),
	partId: z.string().optional(),
	cursor: z.unknown(),
	acquiredAt: z.string(),
	/** Of the trigger, on `monotonicMs` of `base/clock.ts`. */
	monotonicMs: z.number(),
	/** The request that it answers. */
	trigger: z.string().optional(),
	device: z.object({ frameId: z.number().optional(), timestampNs: z.number().optional() }).optional(),
	simulated: z.boolean(),
	truth: truth.optional(),
	/** Nothing usable was seen of it, and that is known already. */
	missed: z.boolean().optional(),
	/** It is this golden part, presented to the camera. */
	golden: goldenMarkSchema.optional(),
});

/** A part that was named but perhaps not read yet. */
export type AcquiredShot = z.infer<typeof shotSchema>;

const times = z.object({
	end: z.string(),
	latencyMs: z.number(),
	waitMs: z.number(),
	acquisitionMs: z.number(),
	inferenceMs: z.number(),
	decisionMs: z.number(),
	processingMs: z.number(),
});

const region = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() });

const defect = z.object({
	class: z.string().optional(),
	box: region,
	boxMm: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).optional(),
	areaPx: z.int(),
	areaMm2: z.number().optional(),
	lengthPx: z.number(),
	lengthMm: z.number().optional(),
	peak: z.number(),
	mean: z.number(),
});

export const resultSchema = z.object({
	kind: z.literal('result'),
	sequence,
	operatingPoint: operatingPointSchema,
	times,
	outcome: z.discriminatedUnion('inspected', [
		z.object({
			inspected: z.literal(true),
			verdict: z.enum(['ok', 'defect', 'review']),
			disposition: z.enum(['pass', 'reject', 'hold']),
			why: z.string(),
			rule: z.string().optional(),
			score: z.number(),
			defects: z.array(defect).readonly(),
			seen: z.object({ width: z.int(), height: z.int(), roi: region }).optional(),
			unlistedDefects: z.int().optional(),
			smallRegions: z.int().optional(),
			expectedIou: z.number().optional(),
			expectedIouCorrected: z.boolean().optional(),
			measuredIou: z.number().optional(),
			gateScore: z.number().optional(),
			gated: z.literal(true).optional(),
		}),
		z.object({ inspected: z.literal(false), reason: z.string() }),
	]),
});

export type Result = z.infer<typeof resultSchema>;

const inputStatistics = z.object({
	values: z.partialRecord(z.enum(STATISTICS), z.number()),
	signature: z.array(z.number()).readonly(),
});

export const shadowVerdictSchema = z.object({
	verdict: z.enum(['ok', 'defect', 'review', 'not-inspected']),
	score: z.number().optional(),
	threshold: z.number(),
	/** Of its inference. */
	ms: z.number(),
	/** Why it came to nothing. */
	reason: z.string().optional(),
});

export type ShadowVerdict = z.infer<typeof shadowVerdictSchema>;

const comparedSchema = z.object({ incumbent: shadowVerdictSchema, candidate: shadowVerdictSchema });

export type Compared = z.infer<typeof comparedSchema>;

/** What came of an injected golden part. */
const injectedSchema = resultSchema.omit({ sequence: true }).extend({
	kind: z.literal('injected'),
	...goldenMarkSchema.shape,
});

export type FromGolden = z.infer<typeof injectedSchema> | z.infer<typeof capturedSchema> | z.infer<typeof lookedSchema>;

/** The nodes of the model by the provider that runs them, and by operator. */
const placementSchema = z.record(z.string(), z.record(z.string(), z.number()));

export const fromInspectorSchema = z.discriminatedUnion('kind', [
	z.object({ kind: z.literal('ready'), provider: z.string(), placement: placementSchema }),
	/** Sent before the pixels are read: should that kill the inspector, the part is known. */
	z.object({ kind: z.literal('acquired'), shot: shotSchema }),
	resultSchema,
	/** What the frame of a decided part looks like; after its result, which does not wait for it. */
	z.object({ kind: z.literal('statistics'), sequence, statistics: inputStatistics }),
	/** What the candidate would have decided; without it when it was left out because a part waited. */
	z.object({ kind: z.literal('shadow'), sequence, compared: comparedSchema.optional() }),
	injectedSchema,
	capturedSchema,
	lookedSchema,
	z.object({
		kind: z.literal('preview'),
		sequence,
		jpeg: bytes,
	}),
	/** A picture was written as a file, or lost. */
	z.object({ kind: z.literal('frame'), sequence, bytes: z.int().optional(), lost: z.string().optional() }),
	/** What is wrong with the camera; absent when it is well again. */
	z.object({ kind: z.literal('camera'), fault: cameraFault.optional() }),
	/** A request comes to nothing. */
	z.object({ kind: z.literal('refused'), trigger: z.string(), code: z.string(), facts }),
	/** Every later part is treated so. */
	z.object({ kind: z.literal('applied'), change: z.int() }),
	/** Everything is as before. */
	z.object({
		kind: z.literal('not-applied'),
		change: z.int(),
		code: z.string(),
		message: z.string(),
		facts: facts.optional(),
	}),
	/** The source has no more parts. */
	z.object({ kind: z.literal('ended') }),
	/** Its resident memory, bytes. */
	z.object({ kind: z.literal('alive'), memory: z.int() }),
	/** It cannot work; it exits after this. */
	z.object({
		kind: z.literal('failed'),
		code: z.string(),
		message: z.string(),
		facts: facts.optional(),
	}),
]);

export type FromInspector = z.infer<typeof fromInspectorSchema>;
