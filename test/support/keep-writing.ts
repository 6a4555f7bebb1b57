/** Replaces a bundle again and again until it is killed. */
import { writeBundle } from '../../src/bundle/write-bundle.ts';
import { tinyDraft } from './tiny-bundle.ts';

for (let i = 0; ; i++) await writeBundle(process.argv[2], await tinyDraft(String((i % 2) + 1)));
