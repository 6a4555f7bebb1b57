/** Whether what outputs and encoders are to use is there: asked without driving anything, so that a running station goes on. */
import type { GpioLine } from '../gpio/gpio-line.ts';
import { nameOfLine } from '../gpio/gpio-line.ts';
import { openLine } from '../gpio/open-line.ts';
import type { OutputConfig } from '../outputs/index.ts';
import {
	connectModbus,
	isRefusal,
	type ModbusConnection,
	type ModbusPeer,
	nameOfPeer,
} from '../outputs/modbus/modbus-peer.ts';
import { type Finding, failure } from './finding.ts';

/** One after the other: an I/O module may have one connection to spare. */
export async function checkOutputs(outputs: readonly OutputConfig[]): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const output of outputs) {
		const { id, encoder } = output;
		if (output.output === 'gpio') findings.push(await checkLine(`output ${id}`, output));
		if (output.output === 'modbus') findings.push(await checkPeer(`output ${id}`, output, (peer) => ask(peer, output)));
		if (encoder?.source === 'gpio') findings.push(await checkLine(`encoder of ${id}`, encoder));
		if (encoder?.source === 'modbus') {
			const { registers, address, bits } = encoder;
			const count = (peer: ModbusConnection) => peer.readRegisters(registers, address, bits / 16);
			findings.push(await checkPeer(`encoder of ${id}`, encoder, count));
		}
	}
	return findings;
}

async function checkLine(name: string, line: Pick<GpioLine, 'chip' | 'line'>): Promise<Finding> {
	try {
		const [chip] = await openLine(line);
		chip.close();
		return { name, status: 'ok', found: `${nameOfLine(line)} is there` };
	} catch (error) {
		return failure(name, error);
	}
}

async function checkPeer(
	name: string,
	options: ModbusPeer,
	asks: (peer: ModbusConnection) => Promise<unknown>,
): Promise<Finding> {
	try {
		const peer = await connectModbus(options, () => {});
		try {
			await asks(peer);
		} finally {
			peer.close();
		}
		return { name, status: 'ok', found: `Modbus ${nameOfPeer(options)} answers` };
	} catch (error) {
		return failure(name, error);
	}
}

/** A refusal is an answer too: not everything that can be written can be read. */
async function ask(peer: ModbusConnection, { coil, register }: { coil?: number; register?: number }): Promise<void> {
	try {
		if (coil !== undefined) await peer.readCoil(coil);
		else await peer.readRegisters('holding', register!, 1);
	} catch (error) {
		if (!isRefusal(error)) throw error;
	}
}
