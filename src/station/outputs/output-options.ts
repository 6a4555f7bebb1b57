/** What every output of station.yaml says of itself, whatever drives it: for which parts, where, for how long. */
import { z } from 'zod';
import { encoderSchema } from './belts/encoder-options.ts';

export const DRIVES = ['reject', 'hold', 'pass', 'heartbeat'] as const;

const tolerance = z.number().positive().optional().meta({
	description: 'In the unit of the travel: later than this, the part has gone by. A tenth of the travel if absent',
});

const travelSchema = z.union([
	z.strictObject({ ms: z.number().positive().max(3_600_000), tolerance }),
	z.strictObject({ mm: z.number().positive(), tolerance }),
	z.strictObject({ counts: z.number().positive(), tolerance }),
]);

export const outputKeys = {
	id: z
		.string()
		.regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, hyphens or underscores')
		.meta({ description: 'Name of the output, unique in this station' }),
	drives: z.enum(DRIVES).default('reject').meta({
		description:
			'reject: whatever must not pass; hold: parts for a person to look at; pass: only what was found sound; heartbeat: while parts are inspected',
	}),
	cameras: z.array(z.string()).min(1).optional().meta({ description: 'Whose parts; all if absent' }),
	travel: travelSchema.optional().meta({
		description: 'From the trigger to the output; if absent, it is driven as soon as the part is decided',
	}),
	encoder: encoderSchema.optional().meta({ description: 'Of the belt; without one, travel is time' }),
	pulseMs: z.number().min(1).max(60_000).default(50).meta({ description: 'For a heartbeat: half of its period' }),
	overlap: z.enum(['extend', 'split']).default('extend').meta({
		description: 'A pulse that is due while another is on: extend makes one long pulse, split goes off for gapMs first',
	}),
	gapMs: z.number().min(1).max(1000).default(5),
	whenStopped: z.enum(['off', 'on']).default('off').meta({
		description:
			'Level while nothing is inspected (before the start, while paused, after the stop) and until that part of the belt is past',
	}),
	whenUnrecorded: z.enum(['reject', 'pass']).default('reject').meta({
		description: 'What becomes of a sound part whose record is not durable when it is due, because the store refuses',
	}),
	stopOnFault: z.boolean().default(false).meta({ description: 'Pause the station when the output cannot be driven' }),
};

const schema = z.strictObject(outputKeys);

export type OutputOptions = Readonly<z.infer<typeof schema>>;

/** What is wrong between keys, if anything: the path and the message. */
export function wrongIn({ drives, travel, encoder, whenStopped }: OutputOptions): [string, string] | undefined {
	if (drives === 'heartbeat') {
		if (travel || encoder) return ['travel', 'expected neither travel nor encoder: a heartbeat is of no part'];
		return whenStopped === 'on' ? ['whenStopped', 'expected off: a heartbeat that stands still is off'] : undefined;
	}
	if (!travel) return encoder ? ['encoder', 'expected travel beside encoder: how far is it to the output?'] : undefined;
	if ('ms' in travel)
		return encoder ? ['travel', 'expected mm or counts, because there is an encoder; found ms'] : undefined;
	if (!encoder) return ['encoder', 'expected an encoder, or its speed, because travel is not in ms'];
	if ('counts' in travel)
		return encoder.source === 'speed'
			? ['travel', 'expected mm, because only the speed is known; found counts']
			: undefined;
	if (encoder.source !== 'speed' && encoder.countsPerMm === undefined)
		return ['encoder', 'expected countsPerMm, because travel is in mm'];
	return undefined;
}

/** How far it is in the belt's own unit, and how late the output may be driven. */
export function travelOf({ travel, encoder }: OutputOptions): { length: number; tolerance: number } | undefined {
	if (!travel) return undefined;
	const [given, perUnit] =
		'ms' in travel ? [travel.ms, 1] : 'counts' in travel ? [travel.counts, 1] : [travel.mm, unitsPerMm(encoder)];
	return { length: given * perUnit, tolerance: (travel.tolerance ?? given / 10) * perUnit };
}

function unitsPerMm(encoder: OutputOptions['encoder']): number {
	if (encoder?.source === 'speed') return 1000 / encoder.mmPerSecond;
	return encoder?.countsPerMm ?? Number.NaN;
}
