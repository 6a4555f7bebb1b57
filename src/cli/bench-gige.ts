/** `andon bench station-gige`: a real GigE Vision camera that loses frames, power and patience, and what the station makes of it. */
import { Command } from 'commander';
import { AndonError } from '../base/errors.ts';
import { perform, withJson } from './action.ts';
import type { GigeCase } from './bench-gige/gige-case.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';

interface Flags {
	readonly frames: number;
	readonly fps: number;
	readonly cycles: number;
	readonly json?: boolean;
}

export function benchGigeCommand(): Command {
	return withJson(new Command('station-gige'))
		.description('a GigE Vision camera in a network namespace: frames lost, its power cut, how soon frames come again')
		.option('--frames <n>', 'frames to count; 0 = none', numberOption, 10_000)
		.option('--fps <n>', 'frames a second while they are counted', numberOption, 150)
		.option('--cycles <n>', 'times that its power is cut; 0 = none', numberOption, 20)
		.addHelpText('after', '\nExample:\n  npm run bench -- station-gige --frames 2000 --cycles 5 --json')
		.action((flags: Flags) => perform(flags, () => run(flags), describe));
}

async function run({ frames, fps, cycles }: Flags): Promise<{ cases: GigeCase[] }> {
	const { GigeCamera, withoutGigeCamera } = await import('./bench-gige/gige-camera.ts');
	if (withoutGigeCamera) throw unavailable(withoutGigeCamera);
	const { countFrames } = await import('./bench-gige/count-frames.ts');
	const { cutPower } = await import('./bench-gige/cut-power.ts');
	const progress = createProgress();
	const camera = await GigeCamera.create();
	try {
		const cases: GigeCase[] = [];
		if (frames > 0) cases.push(...(await countFrames(camera, { frames, fps })));
		const onCycle = (done: number) => progress.update(done, cycles, 'times without power');
		if (cycles > 0) cases.push(...(await cutPower(camera, cycles, onCycle)));
		return { cases };
	} finally {
		progress.stop();
		camera.remove();
	}
}

function describe({ cases }: { cases: readonly GigeCase[] }): string {
	const shown = (value: number) => Number(value.toPrecision(4));
	return cases
		.map(({ name, metric, ours, peer, ratio, beside, bound, spread, counts }) => {
			const parts = [
				`${name}: ${shown(ours)} ${metric}`,
				spread && `p99 ${shown(spread.p99)}, max ${shown(spread.max)}`,
				bound !== undefined && `promised: at most ${bound}`,
				peer !== null && ratio !== null && `${beside} ${shown(peer)}: ratio ${ratio.toFixed(2)}`,
				counts &&
					Object.entries(counts)
						.map(([what, count]) => `${what} ${shown(count)}`)
						.join(', '),
			];
			return parts.filter(Boolean).join('; ');
		})
		.join('\n');
}

function unavailable(found: string): AndonError {
	return new AndonError('LIBRARY_MISSING', {
		expected: 'a GigE Vision camera in a network namespace of its own',
		found,
		fix: 'Run as root, with the Debian packages libaravis-0.8-0, aravis-tools and iproute2.',
	});
}
