#!/usr/bin/env node
/** The command line: one file per command in this folder; each parses, calls one function and prints. */
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { analyzeCommand } from './analyze.ts';
import { benchCommand } from './bench.ts';
import { bundleCommand } from './bundle.ts';
import { camerasCommand } from './cameras.ts';
import { cascadeCommand } from './cascade.ts';
import { compareLossesCommand } from './compare-losses.ts';
import { datasetCommand } from './dataset.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { driftCommand } from './drift.ts';
import { evaluateCommand } from './evaluate.ts';
import { feedbackCommand } from './feedback.ts';
import { goldenCommand } from './golden.ts';
import { gradientsCommand } from './gradients.ts';
import { inspectCommand } from './inspect.ts';
import { iouCommand } from './iou.ts';
import { pretrainCommand } from './pretrain.ts';
import { quantizeCommand } from './quantize.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { shadowCommand } from './shadow.ts';
import { simulateCommand } from './simulate.ts';
import { trainCommand } from './train.ts';
import { tuneCommand } from './tune.ts';

const { version, description } = createRequire(import.meta.url)('../../package.json');
const program = new Command('andon').description(description).version(version).showHelpAfterError();

// One line per command, in the order of the help.
program.addCommand(demoCommand());
program.addCommand(runCommand());
program.addCommand(inspectCommand());
program.addCommand(trainCommand());
program.addCommand(pretrainCommand());
program.addCommand(evaluateCommand());
program.addCommand(reportCommand());
program.addCommand(benchCommand());
program.addCommand(quantizeCommand());
program.addCommand(tuneCommand());
program.addCommand(iouCommand());
program.addCommand(bundleCommand());
program.addCommand(cascadeCommand());
program.addCommand(driftCommand());
program.addCommand(goldenCommand());
program.addCommand(datasetCommand());
program.addCommand(analyzeCommand());
program.addCommand(compareLossesCommand());
program.addCommand(gradientsCommand());
program.addCommand(simulateCommand());
program.addCommand(feedbackCommand());
program.addCommand(camerasCommand());
program.addCommand(shadowCommand());
program.addCommand(doctorCommand());

await program.parseAsync();
