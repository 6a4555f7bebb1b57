/** The child process of one camera: capture → infer → decide. It can be killed at any time; that costs one part. */

import { AndonError, messageOf } from '../../base/errors.ts';
import { createLogger } from '../../base/log.ts';
import { parseWith } from '../../base/parse.ts';
import { InspectionLoop } from './inspection-loop.ts';
import { type Start, toInspectorSchema } from './messages.ts';
import { Voice } from './voice.ts';

/** How often the supervisor hears that the event loop turns, ms. */
const ALIVE_MS = 500;

const log = createLogger('inspector');
/** In the pipe a message arrives even if this process dies. */
const voice = new Voice(
	(messages) =>
		new Promise((resolve) => {
			if (!process.connected) return resolve();
			process.send!(messages, () => resolve());
		}),
);
let loop: InspectionLoop | undefined;

// The supervisor decides when to stop; a terminal or service manager signals the whole group.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
	handle(message).catch(fail);
});

async function handle(received: unknown): Promise<void> {
	const message = parseWith(toInspectorSchema, received, 'a message from the supervisor');
	if (message.kind === 'start') return begin(message);
	if (message.kind !== 'stop') return loop?.tell(message);
	await loop?.stop();
	await voice.flush();
	process.disconnect();
}

async function begin(start: Start): Promise<void> {
	setInterval(() => void voice.send({ kind: 'alive', memory: process.memoryUsage.rss() }), ALIVE_MS).unref();
	loop = new InspectionLoop(start, voice, log.child({ camera: start.camera }));
	await loop.run();
}

async function fail(error: unknown): Promise<void> {
	const known = error instanceof AndonError ? { code: error.code, facts: error.facts } : { code: 'INTERNAL' };
	if (!(error instanceof AndonError)) log.error({ error }, 'the inspector failed');
	await voice.send({ kind: 'failed', message: messageOf(error), ...known });
	process.exit(1);
}
