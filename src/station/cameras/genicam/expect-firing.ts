/** A camera that waits for its software trigger needs somebody to fire it: else the line would run past it unseen. */
import type { z } from 'zod';

/** Triggers that fire the camera for a part that something else announced. */
const FIRING: readonly string[] = ['command', 'gpio', 'interval'];

interface Camera {
	readonly source: string;
	readonly deviceTrigger?: unknown;
	readonly trigger?: { readonly on: string };
}

/** For the list of cameras in station.yaml. */
export function expectFiring(cameras: readonly Camera[], context: z.RefinementCtx): void {
	cameras.forEach(({ source, deviceTrigger, trigger }, i) => {
		if (source !== 'genicam' || deviceTrigger !== 'software' || !trigger || FIRING.includes(trigger.on)) return;
		const message = `expected ${FIRING.join(', ')}, because deviceTrigger is software, found ${trigger.on}: nothing would ever trigger the camera`;
		context.addIssue({ code: 'custom', path: [i, 'trigger', 'on'], message });
	});
}
