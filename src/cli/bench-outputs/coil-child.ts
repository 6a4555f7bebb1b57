/** A PLC of its own process: coils that say when they were written, on the clock that all processes share. */
import modbus from 'modbus-serial';
import { monotonicMs } from '../../base/clock.ts';

const server = new modbus.ServerTCP(
	{
		getCoil: () => false,
		setCoil: (_address: number, on: boolean) => void process.send!({ at: monotonicMs(), on }),
	},
	{ host: '127.0.0.1', port: Number(process.argv[2]), unitID: 1 },
);
server.on('initialized', () => process.send!({ ready: true }));
process.once('disconnect', () => process.exit());
