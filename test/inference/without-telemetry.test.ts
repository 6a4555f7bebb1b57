import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const MODEL = fileURLToPath(new URL('../../src/inference/model.ts', import.meta.url));
const PROBE = fileURLToPath(new URL('../../src/station/host/probe-model.ts', import.meta.url));

/** Opens a model in a process with a home of its own. ONNX Runtime keeps the device id of its reports there. */
const open = `
	const { openModel } = await import(${JSON.stringify(MODEL)});
	const { PROBE_MODEL } = await import(${JSON.stringify(PROBE)});
	const model = await openModel(PROBE_MODEL);
	await model.close();
	console.log(process.env.ORT_DISABLE_TELEMETRY);
`;

function openIn(home: string, own: Record<string, string> = {}): string {
	const { ORT_DISABLE_TELEMETRY: _, ...rest } = process.env;
	const env = { ...rest, HOME: home, XDG_CACHE_HOME: join(home, 'cache'), ...own };
	return execFileSync(process.execPath, ['--input-type=module', '-e', open], { env, encoding: 'utf8' }).trim();
}

t.test('a model is opened without reporting to anybody', async (t) => {
	const home = t.testdir();
	t.equal(openIn(home), '1');
	t.same(readdirSync(home), [], 'no device id is made');
});

t.test('whoever has decided otherwise is not overruled', async (t) => {
	t.equal(openIn(t.testdir(), { ORT_DISABLE_TELEMETRY: 'true' }), 'true');
});
