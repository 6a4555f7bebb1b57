import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { z } from 'zod';
import { bundlePath, manifestSchema } from '../../src/bundle/manifest.ts';

const PUBLISHED = new URL('../../docs/manifest.schema.json', import.meta.url);

/** After a change of the schema: `ANDON_UPDATE_DOCS=1 node test/bundle/manifest.test.ts`. */
t.test('the published JSON Schema is the one that is checked', async (t) => {
	const schema = { title: 'Andon bundle manifest', ...z.toJSONSchema(manifestSchema) };
	if (process.env.ANDON_UPDATE_DOCS) await writeFile(PUBLISHED, `${JSON.stringify(schema, null, '\t')}\n`);
	t.strictSame(JSON.parse(await readFile(PUBLISHED, 'utf8')), JSON.parse(JSON.stringify(schema)));
});

t.test('only plain relative paths name files of a bundle', async (t) => {
	for (const path of ['report.html', 'parity/0.input.bin', 'golden/a b+c@1-2.png', '...', 'a/.hidden'])
		t.ok(bundlePath.safeParse(path).success, path);
	for (const path of [
		'',
		'.',
		'..',
		'./a',
		'../a',
		'a/..',
		'a/../b',
		'a/./b',
		'/a',
		'a/',
		'a//b',
		'a\\b',
		'C:a',
		'a\0',
		'a\n',
	])
		t.notOk(bundlePath.safeParse(path).success, JSON.stringify(path));
});
