/** Whose labels are meant: a store, or the station's file that says where its store is. */
import type { StationConfig } from '../station/config.ts';

/** How the argument is written in the help. */
export const STORE = '<store|station.yaml>';

interface Source {
	/** Path of the store. */
	readonly store: string;
	/** When the station's own file was named. */
	readonly config?: StationConfig;
}

export async function sourceOf(path: string): Promise<Source> {
	if (!/\.(ya?ml|json)$/i.test(path)) return { store: path };
	const { readStationConfig } = await import('../station/config.ts');
	const config = await readStationConfig(path);
	return { store: config.store.path, config };
}
