/** Proves a provider with one model of a bundle in this very process, which a broken driver may end or hang. */
import { AndonError, messageOf } from '../../base/errors.ts';
import { openCascade } from '../../bundle/cascade/open-cascade.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { openProvenInspector } from '../../bundle/open-proven-inspector.ts';
import { expectProbed, probeSession } from '../host/probe-session.ts';
import type { ProofRequest } from './prove-provider.ts';

/** Says on stdout, a line of JSON each, what is done: a tiny model, then the real one; or what is wrong. */
export async function proveHere({ provider, bundle, precision, threads }: ProofRequest): Promise<void> {
	try {
		expectProbed(provider, await probeSession(provider));
		say({ step: 'probe' });
		const opened = await openBundle(bundle);
		const proven = await openProvenInspector(opened, precision, { provider, threads });
		const { cascade } = opened.manifest;
		const { inspector, ...proof } = proven;
		await (cascade ? await openCascade(opened, cascade, precision, inspector, { threads }) : inspector).close();
		say({ step: 'model', ...proof });
	} catch (error) {
		say({ error: error instanceof AndonError ? error : { code: 'INTERNAL', message: messageOf(error) } });
	}
}

function say(line: object): void {
	process.stdout.write(`${JSON.stringify(line)}\n`);
}
