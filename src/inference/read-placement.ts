/** Where operators really ran, from ONNX Runtime's own profile. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How many operators each provider ran, over all profiles of a folder. */
export function readPlacement(folder: string): Record<string, number> {
	const placement: Record<string, number> = {};
	for (const file of readdirSync(folder))
		for (const event of JSON.parse(readFileSync(join(folder, file), 'utf8')) as Event[]) {
			const provider = event.cat === 'Node' && event.name?.endsWith('_kernel_time') ? event.args?.provider : undefined;
			if (provider) placement[provider] = (placement[provider] ?? 0) + 1;
		}
	return placement;
}

interface Event {
	readonly cat?: string;
	readonly name?: string;
	readonly args?: { readonly provider?: string };
}
