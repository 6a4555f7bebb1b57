/** Progress of long work on stderr: a bar on a terminal, now and then a line elsewhere. */
import { MultiBar, Presets } from 'cli-progress';

export interface Progress {
	/** @param text what to show beside the bar */
	update(done: number, total: number, text: string): void;
	/** A line above the bar. */
	note(text: string): void;
	stop(): void;
}

const SECONDS_BETWEEN_LINES = 20;

export function createProgress(): Progress {
	return process.stderr.isTTY ? barProgress() : lineProgress();
}

function barProgress(): Progress {
	const bars = new MultiBar(
		{ format: '{bar} {value}/{total} {text} · {eta_formatted} left', hideCursor: true, stream: process.stderr },
		Presets.shades_classic,
	);
	let bar: ReturnType<MultiBar['create']> | undefined;
	return {
		update(done, total, text) {
			bar ??= bars.create(total, 0, { text });
			bar.setTotal(total);
			bar.update(done, { text });
		},
		note: (text) => void bars.log(`${text}\n`),
		stop: () => bars.stop(),
	};
}

function lineProgress(): Progress {
	const started = performance.now();
	let last = started;
	return {
		update(done, total, text) {
			const now = performance.now();
			if (done < total && now - last < SECONDS_BETWEEN_LINES * 1000) return;
			last = now;
			const left = ((now - started) / done) * (total - done);
			process.stderr.write(`${done}/${total} ${text} · ${Math.round(left / 1000)} s left\n`);
		},
		note: (text) => void process.stderr.write(`${text}\n`),
		stop: () => {},
	};
}
