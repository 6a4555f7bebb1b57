/** The table of encoders: name → options and constructor. */
import { z } from 'zod';
import { EDGES, gpioLineKeys } from '../../gpio/gpio-line.ts';
import { modbusPeerKeys } from '../modbus/modbus-peer.ts';
import type { Belt } from './belt.ts';
import { EncoderBelt } from './encoder-belt.ts';
import { GpioEncoder } from './gpio-encoder.ts';
import { ModbusEncoder } from './modbus-encoder.ts';
import { TimeBelt } from './time-belt.ts';

const countsPerMm = z.number().positive().optional().meta({ description: 'Needed where the travel is given in mm' });

const gpio = z.strictObject({
	source: z.literal('gpio'),
	...gpioLineKeys,
	edge: z.enum(EDGES).default('rising').meta({ description: 'Each such edge is a count' }),
	countsPerMm,
});

const modbus = z.strictObject({
	source: z.literal('modbus'),
	...modbusPeerKeys,
	registers: z.enum(['holding', 'input']).default('holding'),
	address: z.int().min(0).max(65_535).meta({ description: 'Of the first register, counted from 0' }),
	bits: z
		.union([z.literal(16), z.literal(32)])
		.default(32)
		.meta({ description: 'The count rolls over at 2^bits' }),
	wordOrder: z.enum(['high-first', 'low-first']).default('high-first'),
	pollMs: z.int().min(1).max(1000).default(10),
	fastest: z.number().positive().meta({ description: 'Counts per second at the highest speed; more is a jump' }),
	countsPerMm,
});

const speed = z.strictObject({
	source: z.literal('speed'),
	mmPerSecond: z.number().positive().meta({ description: 'No encoder: the belt always runs at this speed' }),
});

export const encoderSchema = z.discriminatedUnion('source', [gpio, modbus, speed]);

export type EncoderOptions = Readonly<z.infer<typeof encoderSchema>>;

/** @param onChange its fault has come or gone */
export function createBelt(encoder: EncoderOptions | undefined, onChange: () => void): Belt {
	if (encoder === undefined || encoder.source === 'speed') return new TimeBelt();
	const source = encoder.source === 'gpio' ? new GpioEncoder(encoder) : new ModbusEncoder(encoder);
	return new EncoderBelt(source, onChange);
}
