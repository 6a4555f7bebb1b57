/** A run's whole state in one file, so that an interrupted run goes on exactly where it was. */
import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import { AndonError, messageOf } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import { writeAtomic } from '../base/write-atomic.ts';
import type { EngineState } from './engines/engine.ts';

const vector = z.custom<Float32Array>((value) => value instanceof Float32Array, 'expected a float32 vector');

const checkpointSchema = z.strictObject({
	formatVersion: z.literal(1),
	/** Digest of the configuration; another configuration cannot go on from here. */
	configuration: z.string(),
	engine: z.strictObject({ step: z.int(), weights: vector, running: vector, optimizer: z.array(vector) }),
	/** 0 before fine-tuning unfroze parameters, 1 since. */
	phase: z.int().min(0).max(1).default(0),
	/** The exponential average of the weights, when there is one. */
	average: vector.optional(),
	random: z.array(z.number()),
	best: z
		.strictObject({
			step: z.int(),
			metric: z.number(),
			phase: z.int().min(0).max(1).default(0),
			weights: vector,
			running: vector,
		})
		.optional(),
	history: z.array(z.unknown()),
	trace: z.array(z.unknown()).default([]),
	/** What the gradient watch remembers. */
	watch: z.unknown().optional(),
});

export type Checkpoint = Omit<z.infer<typeof checkpointSchema>, 'formatVersion'> & { readonly engine: EngineState };

/** Writes the checkpoint whole or not at all. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
	await writeAtomic(path, serialize({ formatVersion: 1, ...checkpoint }));
}

/** @throws FILE_UNREADABLE, or CONFIG_INVALID when it belongs to another configuration */
export async function loadCheckpoint(path: string, configuration: string): Promise<Checkpoint> {
	const checkpoint = parseWith(checkpointSchema, await read(path), `the checkpoint ${path}`, 'FILE_UNREADABLE');
	if (checkpoint.configuration !== configuration)
		throw new AndonError('CONFIG_INVALID', {
			expected: `the configuration that ${path} was made with`,
			found: 'another one',
			fix: 'Resume with the same dataset and options, or start a new run without --resume.',
		});
	return checkpoint;
}

async function read(path: string): Promise<unknown> {
	try {
		return deserialize(await readFile(path));
	} catch (cause) {
		throw new AndonError(
			'FILE_UNREADABLE',
			{ expected: `a checkpoint at ${path}`, found: messageOf(cause), fix: 'Check the path, or start a new run.' },
			{ cause },
		);
	}
}
