/** The table of outputs: name → options and constructor of what is driven. */
import { z } from 'zod';
import { GpioWire, gpioOutputOptions } from './gpio/gpio-wire.ts';
import { ModbusWire, modbusOutputOptions } from './modbus/modbus-wire.ts';
import { MqttChannel, mqttOutputOptions } from './mqtt/mqtt-channel.ts';
import type { Channel, OutputContext, Wire } from './output.ts';
import { outputKeys, wrongIn } from './output-options.ts';

interface Kind<S extends z.ZodObject> {
	readonly optionsSchema: S;
	create(options: z.infer<S>, context: OutputContext): Wire | Channel;
}

function kind<S extends z.ZodObject>(optionsSchema: S, create: Kind<S>['create']): Kind<S> {
	return { optionsSchema, create };
}

const OUTPUTS = {
	gpio: kind(gpioOutputOptions, (options) => new GpioWire(options)),
	modbus: kind(modbusOutputOptions, (options) => new ModbusWire(options)),
	mqtt: kind(mqttOutputOptions, (options, context) => new MqttChannel(options, context)),
} as const;

/** Composed from the kinds' own schemas: a new output needs one more line. */
export const outputSchema = z
	.discriminatedUnion('output', [
		OUTPUTS.gpio.optionsSchema.extend({ ...outputKeys, output: z.literal('gpio') }),
		OUTPUTS.modbus.optionsSchema.extend({ ...outputKeys, output: z.literal('modbus') }),
		OUTPUTS.mqtt.optionsSchema.extend({ ...outputKeys, output: z.literal('mqtt') }),
	])
	.superRefine((options, context) => {
		const wrong = wrongIn(options);
		if (wrong) context.addIssue({ code: 'custom', path: [wrong[0]], message: wrong[1] });
		if (options.output === 'modbus' && (options.coil === undefined) === (options.register === undefined))
			context.addIssue({ code: 'custom', path: ['coil'], message: 'expected either coil or register' });
	});

export type OutputConfig = Readonly<z.infer<typeof outputSchema>>;

/** @param config checked already */
export function createOutput(config: OutputConfig, context: OutputContext): Wire | Channel {
	const { create } = OUTPUTS[config.output] as unknown as Kind<z.ZodObject>;
	return create(config, context);
}
