/** A cheap model in front of the inspector: what it finds surely sound, the inspector does not see. */
import type { Inspector } from './inspector-model.ts';

export interface CascadeInspector extends Inspector {
	/** Whether the gate runs; without it every frame goes to the inspector. */
	gating: boolean;
	/** Without the gate. */
	readonly alone: Inspector;
}

/**
 * The score is the inspector's where the gate's is at or above the threshold, and 0 elsewhere, without mask and classes.
 *
 * @param gate takes the same frames
 */
export function cascadeInspector(gate: Inspector, inspector: Inspector, threshold: number): CascadeInspector {
	const cascade: CascadeInspector = {
		provider: inspector.provider,
		gating: true,
		alone: inspector,
		async inspect(pixels) {
			if (!cascade.gating) return inspector.inspect(pixels);
			const { score: gateScore, runMs: gateMs = 0 } = await gate.inspect(pixels);
			if (gateScore < threshold) return { score: 0, gateScore, gated: true, runMs: gateMs };
			const inspected = await inspector.inspect(pixels);
			return { ...inspected, gateScore, runMs: gateMs + (inspected.runMs ?? 0) };
		},
		endProfiling: () => inspector.endProfiling(),
		close: async () => void (await Promise.all([gate.close(), inspector.close()])),
	};
	return cascade;
}
