/** A Modbus TCP server with 16 coils and 16 registers that notes when each was written; it can be slow, and refuse. */
import { once } from 'node:events';
import modbus from 'modbus-serial';
import { monotonicMs } from '../../src/base/clock.ts';

export interface Written {
	readonly at: number;
	readonly address: number;
	readonly value: number | boolean;
}

export class ModbusServer {
	readonly coils: boolean[] = new Array(16).fill(false);
	readonly registers: number[] = new Array(16).fill(0);
	readonly written: Written[] = [];
	/** So long it takes to answer, ms. */
	delayMs = 0;
	/** Exception that it answers writes with. */
	refusal: number | undefined;
	readonly port: number;
	#server: InstanceType<typeof modbus.ServerTCP> | undefined;

	constructor(port: number) {
		this.port = port;
	}

	async start(): Promise<this> {
		this.#server = new modbus.ServerTCP(
			{
				getCoil: (address: number) => this.coils[address],
				getHoldingRegister: (address: number) => this.registers[address],
				getInputRegister: (address: number) => this.registers[address],
				setCoil: (address: number, value: boolean) => this.#write(address, value),
				setRegister: (address: number, value: number) => this.#write(address, value),
			},
			{ host: '127.0.0.1', port: this.port, unitID: 1 },
		);
		await once(this.#server as unknown as NodeJS.EventEmitter, 'initialized');
		return this;
	}

	async stop(): Promise<void> {
		await new Promise<void>((resolve) => this.#server?.close(() => resolve()) ?? resolve());
		this.#server = undefined;
	}

	/** Moments at which a coil went on, and off. */
	edges(coil: number): { on: number[]; off: number[] } {
		const mine = this.written.filter(({ address }) => address === coil);
		const at = (value: boolean) => mine.filter((one) => one.value === value).map((one) => one.at);
		return { on: at(true), off: at(false) };
	}

	async #write(address: number, value: number | boolean): Promise<void> {
		const at = monotonicMs();
		if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
		if (this.refusal !== undefined) throw Object.assign(new Error('refused'), { modbusErrorCode: this.refusal });
		this.written.push({ at, address, value });
		if (typeof value === 'boolean') this.coils[address] = value;
		else this.registers[address] = value;
	}
}
