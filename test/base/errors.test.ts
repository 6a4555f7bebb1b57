/** Every error that a user can meet is documented, and nothing else is. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ERROR_CODES } from '../../src/base/error-codes.ts';
import { AndonError, messageOf } from '../../src/base/errors.ts';

const root = new URL('../../', import.meta.url);
const rows = readFileSync(new URL('docs/errors.md', root), 'utf8')
	.split('\n')
	.filter((line) => /^\| [A-Z]/.test(line))
	.map((line) => line.split('|').map((cell) => cell.trim()));

/** The start script reports this one itself: an old Node cannot load the registry. */
const spokenByStartScript = 'NODE_TOO_OLD';

t.test('every code of the registry is documented once, and every documented code exists', async (t) => {
	const documented = rows.map((cells) => cells[1]);
	t.same([...documented].sort(), [...Object.keys(ERROR_CODES), spokenByStartScript].sort());
	t.match(readFileSync(new URL('src/cli/bin.js', root), 'utf8'), spokenByStartScript);
});

t.test('every documented code says when it appears and what to do', async (t) => {
	for (const [, code, when, fix, ...rest] of rows) t.ok(when && fix && rest.length === 1, code);
});

t.test('an error says what was expected, what was found and what to do, and keeps its cause', async (t) => {
	const cause = new Error('ENOENT');
	const error = new AndonError('FILE_UNREADABLE', { expected: 'a photo', found: 'nothing', fix: 'Look.' }, { cause });
	t.equal(error.message, 'A file cannot be read: expected a photo, found nothing. Look.');
	t.equal(error.cause, cause);
	t.same(JSON.parse(JSON.stringify(error)), {
		code: 'FILE_UNREADABLE',
		message: error.message,
		expected: 'a photo',
		found: 'nothing',
		fix: 'Look.',
	});
});

t.test('anything thrown has a message', async (t) => {
	t.equal(messageOf(new Error('broken')), 'broken');
	t.equal(messageOf('text'), 'text');
	t.equal(messageOf(undefined), 'undefined');
});
