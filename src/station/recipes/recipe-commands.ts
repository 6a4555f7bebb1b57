/** Commands about recipes: their arguments, and what they name. */
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import type { RecipeSlot } from './recipe-slots.ts';

const recipe = z.string().min(1).max(64);
const bundle = z.string().min(1).max(512);

/** By name of the command. */
export const recipeArguments = {
	'select-recipe': { recipe: recipe.optional(), code: z.string().min(1).max(128).optional() },
	'load-bundle': { path: bundle.optional(), recipe: recipe.optional() },
	'roll-back': { recipe: recipe.optional() },
	shadow: { path: bundle.optional(), off: z.boolean().default(false) },
	promote: {},
} as const;

type Arguments<N extends keyof typeof recipeArguments> = z.infer<z.ZodObject<(typeof recipeArguments)[N]>>;

export type SelectRecipe = Arguments<'select-recipe'>;
export type LoadBundle = Arguments<'load-bundle'>;
export type RollBack = Arguments<'roll-back'>;
export type ShadowBundle = Arguments<'shadow'>;

/** @throws COMMAND_INVALID naming what there is */
export function slotNamed(slots: readonly RecipeSlot[], id: string): RecipeSlot {
	const slot = slots.find((candidate) => candidate.id === id);
	if (slot) return slot;
	throw refused(`one of the recipes ${slots.map((each) => each.id).join(', ')}`, id, 'Correct the name.');
}

/** @throws COMMAND_INVALID unless exactly one of the two names a recipe */
export function selectedSlot(slots: readonly RecipeSlot[], { recipe: id, code }: SelectRecipe): RecipeSlot {
	if ((id === undefined) === (code === undefined))
		throw refused('either recipe or code', id === undefined ? 'neither' : 'both', 'Name the recipe, or send the code.');
	if (id !== undefined) return slotNamed(slots, id);
	const slot = slots.find(({ codes }) => codes.includes(code!));
	if (slot) return slot;
	throw refused('a code of one of the recipes', code!, 'Check the reader, or add the code to `codes` of its recipe.');
}

/**
 * The folder of a bundle below the configured root: nobody on the network may name another.
 *
 * @throws COMMAND_INVALID
 */
export async function folderBelow(root: string | undefined, path: string): Promise<string> {
	if (root === undefined)
		throw refused('no path, because station.yaml names no folder of bundles', path, 'Set `bundles`, or leave it out.');
	const folder = isAbsolute(path) ? undefined : await realpath(join(root, path)).catch(() => undefined);
	const home = await realpath(root).catch(() => root);
	if (folder?.startsWith(`${home}${sep}`)) return folder;
	throw refused('the path of a folder below `bundles`', path, 'Put the bundle there and name its folder.');
}

export function refused(expected: string, found: string, fix: string): AndonError {
	return new AndonError('COMMAND_INVALID', { expected, found, fix });
}
