/** An output in a PLC or I/O module: a coil, or a holding register with one value for on and one for off. */
import { z } from 'zod';
import type { AndonError } from '../../../base/errors.ts';
import type { OpenWire, Wire } from '../output.ts';
import { connectModbus, isRefusal, type ModbusConnection, modbusPeerKeys, nameOfPeer } from './modbus-peer.ts';

const address = z.int().min(0).max(65_535);
const value = z.int().min(0).max(65_535);

export const modbusOutputOptions = z.strictObject({
	...modbusPeerKeys,
	coil: address.optional().meta({ description: 'Address of the coil, counted from 0' }),
	register: address.optional().meta({ description: 'Or of a holding register' }),
	onValue: value.default(1).meta({ description: 'What the register holds when on' }),
	offValue: value.default(0),
	inverted: z.boolean().default(false).meta({ description: 'On writes false, or offValue' }),
	checkMs: z.int().min(100).max(60_000).default(1000).meta({ description: 'A lost peer is noticed so soon' }),
});

export type ModbusOutputOptions = Readonly<z.infer<typeof modbusOutputOptions>>;

export class ModbusWire implements Wire {
	readonly name: string;
	readonly #options: ModbusOutputOptions;

	constructor(options: ModbusOutputOptions) {
		const place = options.coil === undefined ? `register ${options.register}` : `coil ${options.coil}`;
		this.name = `Modbus ${nameOfPeer(options)} ${place}`;
		this.#options = options;
	}

	async open(initial: boolean, onLost: (error: AndonError) => void): Promise<OpenWire> {
		const connection = await connectModbus(this.#options, onLost);
		try {
			await this.#write(connection, initial);
		} catch (error) {
			connection.close();
			throw error;
		}
		const check = setInterval(() => void this.#check(connection).catch(onLost), this.#options.checkMs);
		return {
			set: (on) => this.#write(connection, on),
			close: () => {
				clearInterval(check);
				connection.close();
			},
		};
	}

	#write(connection: ModbusConnection, on: boolean): Promise<void> {
		const { coil, register, onValue, offValue, inverted } = this.#options;
		if (coil !== undefined) return connection.writeCoil(coil, on !== inverted);
		return connection.writeRegister(register!, on !== inverted ? onValue : offValue);
	}

	/** A refusal is an answer too: not everything that can be written can be read. */
	async #check(connection: ModbusConnection): Promise<void> {
		const { coil, register } = this.#options;
		try {
			if (coil !== undefined) await connection.readCoil(coil);
			else await connection.readRegisters('holding', register!, 1);
		} catch (error) {
			if (!isRefusal(error)) throw error;
		}
	}
}
