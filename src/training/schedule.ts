/** How the learning rate moves over a run. */
import { z } from 'zod';

export const scheduleOptions = z.strictObject({
	kind: z.enum(['constant', 'cosine', 'one-cycle']).default('one-cycle'),
	/** The highest learning rate. */
	rate: z.number().positive().default(1e-3),
	/** Share of the steps that warm up (`cosine`, `one-cycle`). */
	warmUp: z.number().min(0).max(1).default(0.15),
});

export type ScheduleOptions = z.infer<typeof scheduleOptions>;

/**
 * The learning rate of a step, counted from 0.
 *
 * `one-cycle` (Smith and Topin 2019) climbs from rate/25 to rate and falls to nearly 0, both along a cosine; `cosine`
 * warms up in a straight line and falls to 0.
 */
export function learningRate({ kind, rate, warmUp }: ScheduleOptions, step: number, steps: number): number {
	if (kind === 'constant') return rate;
	const rising = Math.max(1, Math.round(warmUp * steps));
	const falling = Math.max(1, steps - rising);
	const ease = (from: number, to: number, share: number) => to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
	if (step >= rising) return ease(rate, kind === 'one-cycle' ? rate / 25e4 : 0, Math.min(1, (step - rising) / falling));
	return kind === 'one-cycle' ? ease(rate / 25, rate, step / rising) : (rate * (step + 1)) / rising;
}
