/** Whether a camera can be asked for a part. */

/** `part`: its next frame; `image`: the one that is sent; undefined: it names its parts itself. */
export type Asks = 'part' | 'image' | undefined;

/** @param camera of station.yaml */
export function asksOf({ source, trigger }: { source: string; trigger?: { on: string } }): Asks {
	if (source === 'http') return 'image';
	return trigger?.on === 'command' ? 'part' : undefined;
}
