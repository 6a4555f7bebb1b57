/** A process of its own for one benchmark, so that its peak memory is the benchmark's and nothing else's. */
import { benchStep, type StepBenchOptions } from './bench-step.ts';

process.stdout.write(`${JSON.stringify(await benchStep(JSON.parse(process.argv[2]) as StepBenchOptions))}\n`);
