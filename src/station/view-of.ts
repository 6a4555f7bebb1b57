/** Through which view a camera's frames are looked at: its own, else that of the recipe, which may be the station's. */
import type { View } from '../imaging/view/view.ts';

interface Viewing {
	readonly view?: View;
}

export function viewOf(recipe: Viewing, camera: Viewing): View | undefined {
	return camera.view ?? recipe.view;
}

/** Of each camera. */
export function viewsOf(recipe: Viewing, cameras: readonly Viewing[]): readonly (View | undefined)[] {
	return cameras.map((camera) => viewOf(recipe, camera));
}
