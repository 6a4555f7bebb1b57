/** What `andon inspect` goes by: a station's own decision section, what the command line says, or both. */
import { AndonError } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import type { StationConfig } from '../station/config.ts';
import type { DecisionConfig } from '../station/decision/decision-schema.ts';
import type { FileRules } from '../station/inspect-files.ts';
import type { RecipeSlot } from '../station/recipes/recipe-slots.ts';
import { readView } from './view-option.ts';

export interface RuleFlags {
	readonly config?: string;
	readonly camera?: string;
	readonly recipe?: string;
	readonly mmPerPixel?: number;
	readonly rule: readonly string[];
	readonly allowRelaxing?: boolean;
	readonly view?: string;
}

/** What the command line says wins; its rules come after those of the file. @throws USAGE, CONFIG_INVALID, FILE_UNREADABLE */
export async function rulesOf(flags: RuleFlags): Promise<FileRules> {
	const { readStationConfig } = await import('../station/config.ts');
	const { viewOf } = await import('../station/view-of.ts');
	const { decisionFor, decisionSchema } = await import('../station/decision/decision-schema.ts');
	const config = flags.config === undefined ? undefined : await readStationConfig(flags.config);
	if (!config && flags.camera !== undefined)
		throw usage('--camera together with --config', '--camera alone', 'Name the station.yaml of the camera.');
	const recipe = config && (await recipeOf(config, flags.recipe));
	const base = config && decisionFor(recipe?.decision, cameraOf(config, flags).mmPerPixel);
	const decision = {
		...base,
		...(flags.mmPerPixel === undefined ? {} : { mmPerPixel: flags.mmPerPixel }),
		severity: [...(base?.severity ?? []), ...flags.rule],
		...(flags.allowRelaxing ? { allowRelaxing: true } : {}),
	};
	const view = (await readView(flags.view)) ?? (config && viewOf(recipe!, cameraOf(config, flags)));
	return {
		view,
		decision: parseWith<DecisionConfig>(decisionSchema, decision, 'the decision', config ? 'CONFIG_INVALID' : 'USAGE'),
		holdBand: recipe?.holdBand,
	};
}

/** The recipe named; without a name the one that would be in force at the first start. */
async function recipeOf(config: StationConfig, named: string | undefined): Promise<RecipeSlot> {
	const { recipesOf } = await import('../station/recipes/recipe-slots.ts');
	const slots = recipesOf(config);
	const wanted = named ?? config.recipe;
	const slot = wanted === undefined ? slots[0] : slots.find(({ id, named: hasName }) => hasName && id === wanted);
	if (slot) return slot;
	const ids = slots.filter(({ named: hasName }) => hasName).map(({ id }) => id);
	const expected = ids.length > 0 ? `one of the recipes ${ids.join(', ')}` : 'no --recipe, because there is one alone';
	throw usage(expected, `--recipe ${wanted}`, 'Correct the name.');
}

/** The camera named; without a name the only one, or any of them when they have one scale and one view. */
function cameraOf(
	{ cameras }: StationConfig,
	{ camera, mmPerPixel, view }: RuleFlags,
): StationConfig['cameras'][number] {
	const ids = cameras.map(({ id }) => id).join(', ');
	if (camera !== undefined) {
		const named = cameras.find(({ id }) => id === camera);
		if (!named) throw usage(`one of the cameras ${ids}`, `--camera ${camera}`, 'Correct the name.');
		return named;
	}
	const scales = new Set(cameras.map((each) => JSON.stringify(each.mmPerPixel)));
	const views = new Set(cameras.map((each) => JSON.stringify(each.view)));
	if ((scales.size > 1 && mmPerPixel === undefined) || (views.size > 1 && view === undefined))
		throw usage(
			'--camera, because the cameras differ in scale or view',
			`none of ${ids} named`,
			'Say which one took the images.',
		);
	return cameras[0];
}

function usage(expected: string, found: string, fix: string): AndonError {
	return new AndonError('USAGE', { expected, found, fix });
}
