/** Which class name means "nothing wrong". */

const SOUND = /(^|[^a-z])(ok|good|free|normal)$/i;

/** True for ok, good, free and normal in any case, also as a suffix such as `MT_Free`. */
export function isSoundClass(name: string, soundClass?: string): boolean {
	return soundClass === undefined ? SOUND.test(name) : name === soundClass;
}
