/** `andon bench outputs`: how long after a part is due its output is driven. */
import { Command } from 'commander';
import { perform, withJson } from './action.ts';
import type { LateCase } from './bench-outputs/late.ts';
import { numberOption } from './number-option.ts';

interface Flags {
	readonly parts: number;
	readonly fps: number;
	readonly json?: boolean;
}

export function benchOutputsCommand(): Command {
	return withJson(new Command('outputs'))
		.description('how late outputs are driven: the timer beside setTimeout, a Modbus coil, a whole station')
		.option('--parts <n>', 'waits, pulses and parts of each case', numberOption, 300)
		.option('--fps <n>', 'parts a second of the station', numberOption, 15)
		.addHelpText('after', '\nExample:\n  npm run bench -- outputs --parts 500 --json')
		.action((flags: Flags) => perform(flags, () => run(flags), describe));
}

async function run({ parts, fps }: Flags): Promise<{ cases: LateCase[] }> {
	const { timeTimers } = await import('./bench-outputs/time-timers.ts');
	const { Coil } = await import('./bench-outputs/coil.ts');
	const { timeCoil, timeStation } = await import('./bench-outputs/time-coil.ts');
	const cases = await timeTimers(parts);
	const coil = await Coil.create();
	try {
		cases.push(await timeCoil(coil, parts));
		cases.push(await timeStation(coil, parts, fps));
		return { cases };
	} finally {
		coil.close();
	}
}

function describe({ cases }: { cases: readonly LateCase[] }): string {
	const shown = (value: number) => Number(value.toPrecision(3));
	return cases
		.map(({ name, ours, spread, peer, ratio, beside, peerSpread, counts }) => {
			const max = Number.isNaN(spread.max) ? '' : `, max ${shown(spread.max)}`;
			const beaten =
				peer !== null && ratio !== null && peerSpread
					? `; ${beside} ${shown(peer)}, p99 ${shown(peerSpread.p99)}: ratio ${ratio.toFixed(1)}`
					: '';
			const counted = Object.entries(counts ?? {}).map(([what, count]) => `${what} ${count}`);
			const tail = counted.length > 0 ? `; ${counted.join(', ')}` : '';
			return `${name}: ${shown(ours)} ms late (p50), p99 ${shown(spread.p99)}${max}${beaten}${tail}`;
		})
		.join('\n');
}
