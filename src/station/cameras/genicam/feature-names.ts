/** Which features a GenICam camera has: for those who have mistyped one, or have it from the manual of another camera. */
import type { GenicamDevice } from './open-device.ts';

/** Named at most. */
const MOST = 5;

/** Features that begin like `name`, or have it in their name. */
export function similarFeatures(device: GenicamDevice, name: string): readonly string[] {
	const wanted = name.toLowerCase();
	const shared = (other: string) => {
		const found = other.toLowerCase();
		if (found.includes(wanted) || wanted.includes(found)) return Math.min(found.length, wanted.length);
		let length = 0;
		while (length < wanted.length && wanted[length] === found[length]) length++;
		return length >= 3 ? length : 0;
	};
	return allFeatures(device)
		.filter((other) => shared(other) > 0)
		.sort((a, b) => shared(b) - shared(a))
		.slice(0, MOST);
}

/** In the camera's own order, through all of its categories. */
function allFeatures({ aravis, device }: GenicamDevice): readonly string[] {
	const seen = new Set(['Root']);
	// The set grows while it is walked.
	for (const name of seen) {
		const node = aravis.node(device, name);
		if (node && aravis.isA(node, aravis.types.category())) for (const inside of aravis.namesIn(node)) seen.add(inside);
	}
	return [...seen].filter((name) => {
		const node = aravis.node(device, name);
		return node && !aravis.isA(node, aravis.types.category());
	});
}
