/** Commands that change a station: judged by schema, carried out one after the other, answered and audited. */
import { z } from 'zod';
import { AndonError, messageOf } from '../base/errors.ts';
import { namesOf, parseWith } from '../base/parse.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import {
	choosePoint,
	OPERATING_POINTS,
	type PointMethod,
	type PointOptions,
} from '../metrics/operating-points/index.ts';
import type { PartScores } from '../metrics/part-scores.ts';
import { DRIFT_REFERENCES, type DriftReset } from './drift/drift-watch.ts';
import { type LabelArguments, labelArguments } from './feedback/read-label.ts';
import { type EnrollGolden, goldenArguments, type RunGolden } from './golden/golden-commands.ts';
import type { Inspection, RecipeReference } from './inspection.ts';
import type { PartRequest } from './part-requests.ts';
import { recipeArguments } from './recipes/recipe-commands.ts';
import type { RecipeControls } from './recipes/recipe-controls.ts';
import type { CommandResponse, Label, Requester } from './station-view.ts';

export interface Change extends Requester {
	readonly reason?: string;
}

/** What commands do to a station. Each resolves once the change is durable, audited and in force. */
export interface Commandable {
	/** In force at this moment. */
	readonly settings: { readonly operatingPoint: OperatingPoint; readonly paused: boolean };
	/** Of the models that run. */
	readonly precision: string;
	/** Calibration scores of that precision, one per part. */
	readonly scores: PartScores | undefined;
	setOperatingPoint(operatingPoint: OperatingPoint, by: Change): Promise<void>;
	setPaused(paused: boolean, by: Change): Promise<void>;
	resetDrift(reset: DriftReset, by: Change): Promise<void>;
	label(args: LabelArguments, by: Change): Promise<Label>;
	/** Resolves with the part's record. */
	ask(request: PartRequest): Promise<Inspection>;
	/** In force. */
	readonly recipe: RecipeReference;
	readonly recipes: Pick<RecipeControls, 'select' | 'load' | 'rollBack' | 'shadow' | 'promote'>;
	readonly golden: {
		run(args: RunGolden, by: Change): Promise<void>;
		enroll(args: EnrollGolden, by: Change): Promise<void>;
		release(by: Change): Promise<void>;
	};
}

export interface Received {
	readonly name: string;
	readonly payload: unknown;
	/** The payload could not be read. */
	readonly unreadable?: Error;
	/** Monotonic ms after which it is refused. */
	readonly expiresAt?: number;
}

const rate = z.number().min(0).max(1);

const commonArguments = {
	/** Comes back in the answer. */
	id: z.string().max(128).optional(),
	/** Who asks, for the audit log, where the protocol does not say. */
	by: z.string().min(1).max(128).optional(),
	reason: z.string().max(500).optional(),
};

interface Command {
	readonly argumentsSchema: z.ZodObject;
	/** It changes nothing, and is not to wait for others, nor others for it. */
	readonly atOnce?: boolean;
	/** @returns what the answer says besides the state in force */
	run(station: Commandable, args: Record<string, unknown>, by: Change): Promise<Partial<CommandResponse>>;
}

type Run<S extends z.ZodRawShape, R> = (
	station: Commandable,
	args: z.infer<z.ZodObject<S & typeof commonArguments>>,
	by: Change,
) => Promise<R>;

/** A command whose answer is the state in force. */
function command<S extends z.ZodRawShape>(own: S, run: Run<S, void>): Command {
	return answering(own, (...all) => run(...all).then(() => ({})));
}

/** A command whose answer says more. */
function answering<S extends z.ZodRawShape>(own: S, run: Run<S, Partial<CommandResponse>>): Command {
	return { argumentsSchema: z.strictObject({ ...own, ...commonArguments }), run: run as Command['run'] };
}

/** A command whose answer says which recipe is in force then. */
function onRecipes<S extends z.ZodRawShape>(
	own: S,
	run: (
		recipes: Commandable['recipes'],
		args: z.infer<z.ZodObject<S & typeof commonArguments>>,
		by: Change,
	) => Promise<void>,
): Command {
	return answering(own, async (station, args, by) => {
		await run(station.recipes, args, by);
		return { recipe: station.recipe };
	});
}

/** The table of commands: name → arguments and what is done. */
const COMMANDS: Readonly<Record<string, Command>> = {
	'set-threshold': command({ value: rate }, (station, { value }, by) =>
		station.setOperatingPoint(pointFor(station, 'fixed', { threshold: value }), by),
	),
	'set-recall-target': command(
		{ recall: rate, confidence: rate.default(0.95) },
		(station, { recall, confidence }, by) =>
			station.setOperatingPoint(pointFor(station, 'guaranteed-recall', { recall, confidence }), by),
	),
	'set-operating-point': command(
		{ method: namesOf(OPERATING_POINTS), options: z.record(z.string(), z.unknown()).default({}) },
		(station, { method, options }, by) => station.setOperatingPoint(pointFor(station, method, options as never), by),
	),
	'reset-drift': command(
		{ reference: z.enum(DRIFT_REFERENCES).default('keep'), camera: z.string().max(64).optional() },
		(station, { reference, camera }, by) => station.resetDrift({ reference, camera }, by),
	),
	trigger: {
		...answering(
			{
				camera: z.string().max(64).optional(),
				part: z.string().min(1).max(128).optional(),
				/** Of the product: its recipe is selected first. */
				code: recipeArguments['select-recipe'].code,
			},
			async (station, { camera, part, code }, by) => {
				if (code !== undefined) await station.recipes.select({ code }, by);
				return { inspection: await station.ask({ camera, partId: part }) };
			},
		),
		atOnce: true,
	},
	pause: command({}, (station, _, by) => station.setPaused(true, by)),
	resume: command({}, (station, _, by) => station.setPaused(false, by)),
	label: answering(labelArguments, async (station, args, by) => ({ label: await station.label(args, by) })),
	'select-recipe': onRecipes(recipeArguments['select-recipe'], (recipes, args, by) => recipes.select(args, by)),
	'load-bundle': onRecipes(recipeArguments['load-bundle'], (recipes, args, by) => recipes.load(args, by)),
	'roll-back': onRecipes(recipeArguments['roll-back'], (recipes, args, by) => recipes.rollBack(args, by)),
	shadow: onRecipes(recipeArguments.shadow, (recipes, args, by) => recipes.shadow(args, by)),
	promote: onRecipes(recipeArguments.promote, (recipes, _, by) => recipes.promote(by)),
	'run-golden': command(goldenArguments['run-golden'], (station, args, by) => station.golden.run(args, by)),
	'enroll-golden': command(goldenArguments['enroll-golden'], (station, args, by) => station.golden.enroll(args, by)),
	'release-golden': command(goldenArguments['release-golden'], (station, _, by) => station.golden.release(by)),
};

/** From the bundle's calibration scores; a station without any can still be given a fixed threshold. */
function pointFor<M extends PointMethod>(
	{ precision, scores = { defective: [], sound: [] } }: Commandable,
	method: M,
	options: PointOptions<M>,
): OperatingPoint {
	return choosePoint(method, options, { scores, precision, code: 'COMMAND_INVALID' });
}

export class Commands {
	readonly #station: Commandable;
	#last: Promise<unknown> = Promise.resolve();

	constructor(station: Commandable) {
		this.#station = station;
	}

	/** Never throws: a refusal is an answer. */
	run(received: Received, requester: Requester): Promise<CommandResponse> {
		if (Object.hasOwn(COMMANDS, received.name) && COMMANDS[received.name].atOnce)
			return this.#answer(received, requester);
		const answer = this.#last.then(() => this.#answer(received, requester));
		this.#last = answer;
		return answer;
	}

	async #answer(received: Received, requester: Requester): Promise<CommandResponse> {
		const id = (received.payload as { id?: unknown } | null)?.id;
		const common = { command: received.name, ...(typeof id === 'string' ? { id: id.slice(0, 128) } : {}) };
		try {
			const own = await this.#carryOut(received, requester);
			const { operatingPoint, paused } = this.#station.settings;
			return { ...common, ok: true, at: new Date().toISOString(), operatingPoint, paused, ...own };
		} catch (error) {
			const known = error instanceof AndonError ? error.toJSON() : { code: 'INTERNAL', message: messageOf(error) };
			return { ...common, ok: false, at: new Date().toISOString(), error: known };
		}
	}

	async #carryOut(received: Received, requester: Requester): Promise<Partial<CommandResponse>> {
		const { name, payload, unreadable, expiresAt } = received;
		if (unreadable) throw unreadable;
		if (expiresAt !== undefined && performance.now() > expiresAt) throw expired(name);
		if (!Object.hasOwn(COMMANDS, name)) throw unknown(name);
		const { argumentsSchema, run } = COMMANDS[name];
		const args = parseWith(argumentsSchema, payload, `the arguments of ${name}`, 'COMMAND_INVALID');
		return run(this.#station, args, changeOf(args, requester));
	}
}

/** Over MQTT the sender names itself; a console knows who is logged in. */
function changeOf({ by, reason }: { by?: unknown; reason?: unknown }, { who, source }: Requester): Change {
	return {
		source,
		who: source === 'mqtt' && by !== undefined ? String(by) : who,
		...(reason === undefined ? {} : { reason: String(reason) }),
	};
}

function expired(name: string): AndonError {
	return new AndonError('COMMAND_INVALID', {
		expected: `${name} before its message expiry`,
		found: 'it came too late',
		fix: 'Send it again if it is still wanted.',
	});
}

function unknown(name: string): AndonError {
	return new AndonError('COMMAND_INVALID', {
		expected: `one of the commands ${Object.keys(COMMANDS).join(', ')}`,
		found: name.slice(0, 64),
		fix: 'Publish to command/<name> with one of these names.',
	});
}
