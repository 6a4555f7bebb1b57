/**
 * Proves one execution provider by a real inference, in a process of its own: a broken driver may end the process.
 * Prints one JSON document: `{"outputs":[…],"placement":{"CPUExecutionProvider":2}}` or `{"error":{…}}`.
 */
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Provider } from '../../inference/providers.ts';
import { probeSession } from './probe-session.ts';

process.stdout.write(`${JSON.stringify(await probe(process.argv[2] as Provider))}\n`);

async function probe(provider: Provider) {
	try {
		return await probeSession(provider);
	} catch (error) {
		return { error: error instanceof AndonError ? error : { code: 'INTERNAL', message: messageOf(error) } };
	}
}
