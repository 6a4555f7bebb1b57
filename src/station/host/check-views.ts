/** Whether the views of a recipe can be laid out for its bundle, and whether its operating point was certified through them. */
import type { Bundle } from '../../bundle/open-bundle.ts';
import { expectView } from '../../bundle/open-frame-inspector.ts';
import { sayView } from '../../imaging/view/view.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { StationConfig } from '../config.ts';
import { promiseVoidOf } from '../decision/promise.ts';
import type { RecipeSlot } from '../recipes/recipe-slots.ts';
import { viewOf, viewsOf } from '../view-of.ts';
import { type Finding, failure } from './finding.ts';

/** Nothing where frames are simply stretched, as the point was certified. */
export function checkViews(
	name: string,
	slot: RecipeSlot,
	{ cameras }: Pick<StationConfig, 'cameras'>,
	{ manifest }: Pick<Bundle, 'manifest'>,
	point: OperatingPoint,
): Finding | undefined {
	const views = viewsOf(slot, cameras);
	try {
		for (const camera of cameras) expectView(viewOf(slot, camera), manifest.input, camera.expectSize);
	} catch (error) {
		return failure(name, error);
	}
	const [why] = promiseVoidOf(undefined, point, views);
	if (why !== undefined) {
		const expected = 'parts seen as they were when the operating point was certified';
		return { name, status: 'warn', found: why, expected, fix: 'Certify it anew, or correct `view`.' };
	}
	if (views.every((view) => view === undefined)) return undefined;
	return { name, status: 'ok', found: [...new Set(views.map(sayView))].join('; ') };
}
