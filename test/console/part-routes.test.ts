/** The two routes that set a station to work, asked by those who may and by those who may not. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { AndonError } from '../../src/base/errors.ts';
import { Random } from '../../src/base/random.ts';
import { type ConsoleOptions, openConsole } from '../../src/console/server/console.ts';
import { fakeStation } from '../support/fake-station.ts';

const INSPECT = '/stations/line-3-exit/inspect';
const TRIGGER = '/stations/line-3-exit/trigger';
const png = { 'content-type': 'image/png' };
const TOKEN = 'a-token-of-many-characters';

async function start(t: Test, options: ConsoleOptions = {}) {
	const station = fakeStation();
	const page = await openConsole(station, { port: 0, ...options });
	t.teardown(() => page.close());
	return { station, url: page.url.replace('0.0.0.0', '127.0.0.1') };
}

interface Sent {
	readonly method?: string;
	readonly headers?: Record<string, string>;
	readonly body?: Uint8Array | string;
}

async function ask(url: string, path: string, { method = 'POST', headers = {}, body }: Sent = {}) {
	const { hostname, port } = new URL(url);
	const call = request({ hostname, port, path, method, headers, agent: false });
	call.on('error', () => {});
	call.end(body);
	const [response] = await once(call, 'response');
	const text = Buffer.concat(await response.toArray()).toString();
	return { status: response.statusCode as number, headers: response.headers, json: () => JSON.parse(text) };
}

t.test('a posted image is answered with the record of its part', async (t) => {
	const { station, url } = await start(t);
	const body = new Uint8Array(2000).fill(7);
	const answer = await ask(url, `${INSPECT}?camera=cam-1&part=P%201`, { headers: png, body });
	t.equal(answer.status, 200);
	t.match(answer.json(), { verdict: 'ok', resultId: station.recent(1)[0].resultId });
	t.same(station.asked, [{ camera: 'cam-1', partId: 'P 1', bytes: 2000 }]);
	const plain = { 'content-type': 'application/octet-stream' };
	t.equal((await ask(url, INSPECT, { headers: plain, body })).status, 200);
	t.match((await ask(url, '/api/rights', { method: 'GET' })).json(), { ask: true });
});

t.test('a trigger is answered with the record of its part', async (t) => {
	const { station, url } = await start(t);
	t.match((await ask(url, `${TRIGGER}?part=x`)).json(), { verdict: 'ok' });
	t.same(station.asked, [{ camera: undefined, partId: 'x', bytes: undefined }]);
});

t.test('whatever is wrong with the request is said, and asks for nothing', async (t) => {
	const { station, url } = await start(t);
	const body = new Uint8Array(10);
	const wrong: [string, Sent, number][] = [
		[INSPECT, { headers: png }, 400],
		[INSPECT, { headers: { 'content-type': 'text/html' }, body }, 415],
		[INSPECT, { headers: { 'content-type': 'application/json' }, body: '{}' }, 400],
		[`${INSPECT}?colour=red`, { headers: png, body }, 400],
		[`${INSPECT}?part=%00`, { headers: png, body }, 400],
		[`${INSPECT}?part=${'x'.repeat(200)}`, { headers: png, body }, 400],
		['/stations/other/inspect', { headers: png, body }, 404],
		[INSPECT, { headers: { ...png, 'content-length': String(2 ** 26) }, body: '' }, 413],
		[INSPECT, { method: 'PUT', headers: png, body }, 405],
		['/stations/line-3-exit/pause', {}, 405],
		[TRIGGER, { headers: { origin: 'https://evil.example' } }, 403],
		[
			TRIGGER,
			{ headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } },
			403,
		],
		[TRIGGER, { headers: { host: 'evil.example' } }, 421],
	];
	for (const [path, sent, status] of wrong)
		t.equal((await ask(url, path, sent)).status, status, `${path} ${JSON.stringify(sent)}`);
	t.same(station.asked, []);
});

t.test('refusals of the station are answered by what they mean', async (t) => {
	const { station, url } = await start(t);
	const facts = { expected: 'a', found: 'b', fix: 'Do c.' };
	for (const [code, status] of [
		['CAMERA_TRIGGER_REFUSED', 409],
		['LINE_PAUSED', 409],
		['QUEUE_FULL', 429],
		['INSPECTOR_LOST', 503],
	] as const) {
		station.refuse(new AndonError(code, facts));
		const answer = await ask(url, TRIGGER);
		t.equal(answer.status, status);
		t.match(answer.json(), { error: { code, fix: 'Do c.' } });
		t.equal('retry-after' in answer.headers, status === 429 || status === 503);
	}
});

t.test('more at once than is taken are told to wait, and room is made again', async (t) => {
	const { station, url } = await start(t);
	const { promise: gate, resolve: open } = Promise.withResolvers<void>();
	const ask_ = station.ask.bind(station);
	station.ask = async (wanted) => {
		await gate;
		return ask_(wanted);
	};
	const many = Array.from({ length: 8 }, () => ask(url, TRIGGER));
	await new Promise((resolve) => setTimeout(resolve, 100));
	const refused = await ask(url, TRIGGER);
	t.equal(refused.status, 429);
	t.match(refused.json(), { error: { code: 'QUEUE_FULL' } });
	open();
	for (const answer of await Promise.all(many)) t.equal(answer.status, 200);
	t.equal((await ask(url, TRIGGER)).status, 200);
});

t.test('with a token nobody is heard without it, and it is not enough to know its beginning', async (t) => {
	const tokenFile = join(t.testdir(), 'token');
	writeFileSync(tokenFile, `${TOKEN}\n`);
	const { station, url } = await start(t, { tokenFile });
	for (const authorization of [
		'',
		'Bearer',
		`Bearer ${TOKEN.slice(0, -1)}`,
		`Bearer ${TOKEN}x`,
		`Basic ${TOKEN}`,
		TOKEN,
	]) {
		const answer = await ask(url, TRIGGER, { headers: { authorization } });
		t.equal(answer.status, 401, authorization);
		t.equal(answer.headers['www-authenticate'], 'Bearer');
		t.notMatch(JSON.stringify(answer.json()), TOKEN);
	}
	t.same(station.asked, []);
	t.equal((await ask(url, TRIGGER, { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200);
	t.match((await ask(url, '/api/rights', { method: 'GET' })).json(), { ask: false });
	t.equal((await ask(url, '/api/state', { method: 'GET' })).status, 200, 'reading needs none');
});

t.test('a token that can be guessed, and a file without one, are refused at start', async (t) => {
	const dir = t.testdir({ short: 'secret', words: 'this is no token at all', empty: '' });
	for (const name of ['short', 'words', 'empty'])
		await t.rejects(openConsole(fakeStation(), { port: 0, tokenFile: join(dir, name) }), { code: 'CONFIG_INVALID' });
	await t.rejects(openConsole(fakeStation(), { port: 0, tokenFile: join(dir, 'none') }), { code: 'FILE_UNREADABLE' });
});

const outside = Object.values(networkInterfaces())
	.flat()
	.find((address) => address && !address.internal && address.family === 'IPv4')?.address;

t.test('without a token only this host is heard, by its own name', async (t) => {
	const { station, url } = await start(t, {
		host: '0.0.0.0',
		allowedHosts: ['line3.plant.local', outside ?? 'nobody'],
	});
	t.equal((await ask(url, TRIGGER)).status, 200);
	const proxied = await ask(url, TRIGGER, { headers: { host: 'line3.plant.local' } });
	t.equal(proxied.status, 403, 'through a proxy on this host');
	t.match(proxied.json(), { error: { code: 'TOKEN_NEEDED', message: /console.tokenFile/ } });
	if (outside) {
		const from = url.replace('127.0.0.1', outside);
		t.equal((await ask(from, TRIGGER)).status, 403);
		t.equal((await ask(from, TRIGGER, { headers: { host: 'localhost' } })).status, 403);
		t.match((await ask(from, '/api/rights', { method: 'GET' })).json(), { ask: false });
	}
	t.equal(station.asked.length, 1);
});

t.test('nonsense on the wire asks for nothing and ends nothing', async (t) => {
	const { station, url } = await start(t);
	const { port } = new URL(url);
	const random = new Random(5);
	const head = `POST ${INSPECT}?part=x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: image/png\r\nContent-Length: 6\r\n\r\nabcdef`;
	const whole: Promise<unknown>[] = [];
	for (let i = 0; i < 200; i++) {
		const bytes = Buffer.from(head);
		for (let edits = 1 + random.integer(6); edits > 0; edits--)
			bytes[random.integer(bytes.length)] = random.integer(256);
		const socket = connect(Number(port), '127.0.0.1');
		socket.on('error', () => {});
		whole.push(once(socket, 'close').catch(() => {}));
		socket.write(bytes.subarray(0, random.integer(bytes.length) + 1));
		setTimeout(() => socket.destroy(), 300);
	}
	await Promise.all(whole);
	for (const { bytes, partId } of station.asked) {
		t.equal(bytes, 6, 'only whole requests were carried out');
		t.match(partId ?? '', /^[\x20-\x7e]*$/);
	}
	t.equal((await ask(url, TRIGGER)).status, 200, 'and the next one is answered');
});
