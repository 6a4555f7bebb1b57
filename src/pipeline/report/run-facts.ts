/** What was run, on what machine, with what versions: facts for the report. */
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { RUNTIME_VERSION } from '../../inference/model.ts';

type Fact = [name: string, value: string];

/** The machine and the programs, as they are now. */
export function hostFacts(): Fact[] {
	const { version } = createRequire(import.meta.url)('../../../package.json');
	const gibibytes = (totalmem() / 2 ** 30).toFixed(0);
	return [
		['Host', `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} threads, ${gibibytes} GiB`],
		['System', `${platform()} ${release()}, ${arch()}`],
		['Versions', `Andon ${version}, Node ${process.versions.node}, ONNX Runtime ${RUNTIME_VERSION}`],
	];
}
