/** The recipes of station.yaml: one by `bundle:` alone, or several by name; each is a slot that one bundle at a time is in. */
import { z } from 'zod';
import { PRECISIONS } from '../../bundle/manifest.ts';
import { type View, viewSchema } from '../../imaging/view/view.ts';
import { decisionSchema } from '../decision/decision-schema.ts';
import { holdBandSchema } from '../inspector/messages.ts';

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, hyphens or underscores');
const path = z.string().min(1);

const recipeSchema = z.strictObject({
	id: id.meta({ description: 'Name of the recipe, unique in this station; records carry it' }),
	bundle: path.meta({ description: 'Folder of its bundle' }),
	precision: z.enum(PRECISIONS).optional().meta({ description: 'As above; that of the station if absent' }),
	codes: z.array(z.string().min(1).max(128)).default([]).meta({
		description: 'Codes of products, read by a PLC or a reader, that select it; its model is kept loaded then',
	}),
	holdBand: holdBandSchema.optional().meta({ description: 'In place of that of the station' }),
	decision: decisionSchema.optional().meta({ description: 'In place of that of the station' }),
	view: viewSchema.optional().meta({ description: 'What of the image is inspected, in place of that of the station' }),
});

/** Keys of station.yaml. */
export const recipeKeys = {
	bundle: path
		.optional()
		.meta({ description: 'Folder of the bundle, where there is one recipe; paths are relative to this file' }),
	recipes: z.array(recipeSchema).min(1).max(100).optional().meta({ description: 'In place of `bundle`: several' }),
	recipe: id.optional().meta({ description: 'The one in force at the first start; the first of the list if absent' }),
	bundles: path.optional().meta({
		description: 'Folder from whose folders `load-bundle` and `shadow` may take a bundle by name; none if absent',
	}),
};

/** What a station is told to look for, under one name. */
export interface RecipeSlot {
	/** `default` where station.yaml names none. */
	readonly id: string;
	/** Whether station.yaml names it: if not, it goes by the name in the manifest. */
	readonly named: boolean;
	/** Folder of the bundle as station.yaml has it. */
	readonly folder: string;
	readonly codes: readonly string[];
	readonly precision?: (typeof PRECISIONS)[number];
	readonly holdBand?: z.infer<typeof holdBandSchema>;
	readonly decision?: z.infer<typeof decisionSchema>;
	/** Of cameras that have none of their own. */
	readonly view?: View;
}

type RecipeConfig = z.infer<z.ZodObject<typeof recipeKeys>> &
	Pick<z.infer<typeof recipeSchema>, 'precision' | 'holdBand' | 'decision' | 'view'>;

/** In the order of station.yaml. */
export function recipesOf({
	bundle,
	recipes,
	precision,
	holdBand,
	decision,
	view,
}: RecipeConfig): readonly RecipeSlot[] {
	const station = { precision, holdBand, decision, view };
	if (recipes)
		return recipes.map(({ bundle: folder, ...own }) => ({ ...station, ...withoutAbsent(own), folder, named: true }));
	return bundle === undefined ? [] : [{ ...station, id: 'default', named: false, folder: bundle, codes: [] }];
}

function withoutAbsent<T extends object>(value: T): T {
	return Object.fromEntries(Object.entries(value).filter(([, own]) => own !== undefined)) as T;
}

/** What the keys mean together. */
export function expectRecipes(config: RecipeConfig, context: z.RefinementCtx): void {
	const { bundle, recipes, recipe } = config;
	const refuse = (at: (string | number)[], message: string) => context.addIssue({ code: 'custom', path: at, message });
	if ((bundle === undefined) === (recipes === undefined))
		refuse(['bundle'], `expected either bundle or recipes, found ${bundle === undefined ? 'neither' : 'both'}`);
	const slots = recipesOf(config);
	if (recipe !== undefined && !slots.some((slot) => slot.named && slot.id === recipe))
		refuse(['recipe'], `expected the id of one of the recipes, found ${recipe}`);
	const ids = slots.map((slot) => slot.id);
	if (new Set(ids).size !== ids.length) refuse(['recipes'], 'expected every id once');
	const codes = slots.flatMap((slot) => slot.codes);
	const twice = codes.find((code, i) => codes.indexOf(code) !== i);
	if (twice !== undefined) refuse(['recipes'], `expected every code once, found ${twice} twice`);
}
