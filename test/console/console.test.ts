/** The console's HTTP server, asked as a browser and as somebody who is not one. */
import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { openConsole } from '../../src/console/server/console.ts';
import type { Inspection } from '../../src/station/inspection.ts';
import { fakeStation } from '../support/fake-station.ts';

t.test('serves the page and the public data of the station', async (t) => {
	const { station, url } = await start(t);
	await station.inspect('ok');
	const defect = await station.inspect('defect');
	const page = await ask(url, '/');
	t.equal(page.status, 200);
	t.match(page.headers['content-type'], 'text/html');
	t.match(page.text, /<script type="module" src="main.js">/);
	t.equal((await ask(url, '/main.js')).status, 200);
	t.match((await ask(url, '/api/state')).json(), { station: 'line-3-exit', counters: { parts: 2, defect: 1 } });
	t.match((await ask(url, '/api/stats')).json(), { window: { parts: 2 } });
	t.equal(((await ask(url, '/api/calibration')).json() as { sound: number[] }).sound.length, 412);
	t.match((await ask(url, '/api/what-if?threshold=0.3')).json(), {
		threshold: 0.3,
		calibration: { n: { sound: 412 } },
	});
	for (const query of ['', '?threshold=2', '?threshold=x'])
		t.equal((await ask(url, `/api/what-if${query}`)).status, 400, query);
	const recent = (await ask(url, '/api/inspections?limit=1')).json() as Inspection[];
	t.same(
		recent.map(({ resultId }) => resultId),
		[defect.resultId],
		'newest first, as many as asked for',
	);
});

t.test('keeps the pictures of the last parts', async (t) => {
	const { station, url } = await start(t);
	const { resultId } = await station.inspect('defect');
	t.same((await ask(url, '/api/previews')).json(), [resultId]);
	const picture = await ask(url, `/api/previews/${resultId}`);
	t.equal(picture.headers['content-type'], 'image/jpeg');
	t.same([...picture.bytes.subarray(0, 3)], [0xff, 0xd8, 0xff]);
	for (let i = 0; i < 96; i++) await station.inspect('ok');
	t.equal((await ask(url, `/api/previews/${resultId}`)).status, 404, 'the oldest gives way');
	t.equal(((await ask(url, '/api/previews')).json() as string[]).length, 96);
});

t.test('health follows the station', async (t) => {
	const { station, url } = await start(t);
	t.match(await ask(url, '/health'), { status: 200 });
	station.set({ status: 'degraded' });
	t.match(await ask(url, '/health'), { status: 200 });
	station.set({ status: 'faulted' });
	t.match(await ask(url, '/health'), { status: 503 });
});

t.test('every answer forbids inline code, frames, other origins and caching', async (t) => {
	const { url } = await start(t);
	for (const path of ['/', '/main.js', '/api/state', '/nothing', '/api/inspections?limit=x']) {
		const { headers } = await ask(url, path);
		const policy = String(headers['content-security-policy']);
		t.match(policy, "default-src 'none'", path);
		t.match(policy, "script-src 'self'");
		t.notMatch(policy, 'unsafe');
		t.match(policy, "frame-ancestors 'none'");
		t.match(headers, {
			'x-content-type-options': 'nosniff',
			'x-frame-options': 'DENY',
			'referrer-policy': 'no-referrer',
			'cross-origin-resource-policy': 'same-origin',
			'cache-control': 'no-store',
		});
		t.notOk('access-control-allow-origin' in headers);
	}
});

t.test('answers only to its own names', async (t) => {
	const { url } = await start(t);
	const { port } = new URL(url);
	for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`])
		t.equal((await ask(url, '/api/state', { headers: { host } })).status, 200, host);
	for (const host of [`evil.example:${port}`, `127.0.0.1.evil.example:${port}`, 'localhost.'])
		t.equal((await ask(url, '/api/state', { headers: { host } })).status, 421, host);
	t.equal((await ask(url, '/api/state', { setHost: false })).status, 400, 'no host');
});

t.test('refuses requests from other pages', async (t) => {
	const { url } = await start(t);
	const foreign: Record<string, string>[] = [
		{ origin: 'https://evil.example' },
		{ origin: 'null' },
		{ origin: url.replace('http:', 'https:').replace(/\d+$/, '1') },
		{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
		{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
	];
	for (const headers of foreign)
		for (const path of ['/api/state', '/events', '/'])
			t.equal((await ask(url, path, { headers })).status, 403, `${path} ${JSON.stringify(headers)}`);
	t.equal((await ask(url, '/api/state', { headers: { origin: url } })).status, 200, 'its own page');
	const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
	t.equal((await ask(url, '/', { headers: link })).status, 200, 'a link to the page may be followed');
});

t.test('changes nothing, whatever the method and route', async (t) => {
	const { url } = await start(t);
	for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
		for (const path of ['/', '/api/state', '/api/commands/set-threshold', '/api/inspections', '/api/labels', '/events'])
			t.equal((await ask(url, path, { method })).status, 405, `${method} ${path}`);
	t.equal((await ask(url, '/api/commands/pause')).status, 404);
});

t.test('refuses a senseless limit and paths outside the page', async (t) => {
	const { url } = await start(t);
	for (const limit of ['0', '-1', '1001', '1.5', 'all', '', '1e9'])
		t.equal((await ask(url, `/api/inspections?limit=${limit}`)).status, 400, `limit=${limit}`);
	t.equal((await ask(url, '/api/inspections?limit=5&order=up')).status, 400, 'an unknown key');
	t.match((await ask(url, '/api/inspections?limit=0')).json(), { error: { code: 'USAGE', fix: String } });
	for (const path of ['/../server/guard.ts', '/..%2fserver%2fguard.ts', '/%2e%2e/server/guard.ts', '/.env', '/a%00b'])
		t.ok((await ask(url, path)).status >= 400, path);
});

t.test('streams state and statistics at once, then what happens', async (t) => {
	const { station, url } = await start(t);
	const stream = await listen(t, url);
	await stream.until(/event: state\ndata: .*line-3-exit/, /event: stats\n/);
	t.equal(station.watchers, 1, 'pictures are made only while a page is open');
	const { resultId } = await station.inspect('defect');
	await stream.until(
		new RegExp(`event: inspections\ndata: \\[\\{"resultId":"${resultId}"`),
		new RegExp(`event: preview\ndata: .*"resultId":"${resultId}"`),
	);
	stream.stop();
	await until(() => station.watchers === 0);
});

t.test('labels can be asked for, and are told when they come', async (t) => {
	const { station, url } = await start(t);
	const stream = await listen(t, url);
	await stream.until(/event: stats\n/);
	t.same((await ask(url, '/api/labels')).json(), []);
	const { resultId } = await station.inspect('ok');
	const label = station.label(resultId, { defective: true, reason: 'a line\nand another' });
	await stream.until(/event: labels\ndata: \[\{"number":1/);
	t.same((await ask(url, '/api/labels?limit=1')).json(), [label]);
	t.equal((await ask(url, '/api/labels?limit=0')).status, 400);
	stream.stop();
});

t.test('many parts at once become few messages, the newest kept', async (t) => {
	const { station, url } = await start(t);
	const stream = await listen(t, url);
	await stream.until(/event: stats/);
	for (let i = 0; i < 5; i++) await station.inspect('ok');
	const record = station.recent(1)[0];
	for (let i = 0; i < 5000; i++) station.events.emit('inspection', { ...record, resultId: `flood-${i}` });
	await stream.until(/"resultId":"flood-4999"/);
	const sent = stream.text().match(/"resultId":"flood-/g)!.length;
	t.ok(sent <= 200, `${sent} of 5000 were sent`);
});

t.test('gives signs of life while nothing happens', async (t) => {
	const { url } = await start(t);
	const stream = await listen(t, url);
	await stream.until(/event: beat\ndata: \{"at":"[^"]+"\}/);
});

t.test('a page too many is refused, and a closed one makes room', async (t) => {
	const { url } = await start(t);
	const streams = await Promise.all(Array.from({ length: 32 }, () => listen(t, url)));
	t.equal((await ask(url, '/events')).status, 503);
	streams[0].stop();
	const again = async () => {
		const stream = await listen(t, url);
		return stream.status === 200;
	};
	await until(again);
});

t.test('closing ends the streams and frees the port', async (t) => {
	const station = fakeStation();
	const page = await openConsole(station, { port: 0 });
	const stream = await listen(t, page.url);
	await page.close();
	await stream.ended;
	t.equal(station.watchers, 0);
	t.same(station.events.eventNames(), []);
	const next = await openConsole(station, { port: Number(new URL(page.url).port) });
	await next.close();
});

t.test('a port in use is said, with what to do, and nothing is left listening to the station', async (t) => {
	const other = createServer();
	other.listen(0, '127.0.0.1');
	await once(other, 'listening');
	t.teardown(() => other.close());
	const { port } = other.address() as { port: number };
	const station = fakeStation();
	await t.rejects(openConsole(station, { port }), {
		code: 'PORT_UNAVAILABLE',
		message: new RegExp(`expected to serve the console on 127\\.0\\.0\\.1:${port}, found .*EADDRINUSE`),
	});
	t.same(station.events.eventNames(), []);
});

t.test('listens beyond loopback only for named hosts', async (t) => {
	await t.rejects(openConsole(fakeStation(), { host: '0.0.0.0', port: 0 }), { code: 'CONFIG_INVALID' });
	const page = await openConsole(fakeStation(), { host: '0.0.0.0', port: 0, allowedHosts: ['line3.plant.local'] });
	t.teardown(() => page.close());
	const url = page.url.replace('0.0.0.0', '127.0.0.1');
	t.equal((await ask(url, '/', { headers: { host: 'line3.plant.local:8080' } })).status, 200);
	t.equal((await ask(url, '/', { headers: { host: 'line4.plant.local:8080' } })).status, 421);
});

async function start(t: Test) {
	const station = fakeStation();
	const page = await openConsole(station, { port: 0 });
	t.teardown(() => page.close());
	return { station, url: page.url };
}

async function open(url: string, path: string, options: RequestOptions = {}): Promise<IncomingMessage> {
	const { hostname, port } = new URL(url);
	const call = request({ hostname, port, path, agent: false, ...options });
	call.end();
	const [response] = await once(call, 'response');
	return response as IncomingMessage;
}

async function ask(url: string, path: string, options: RequestOptions = {}) {
	const response = await open(url, path, options);
	const bytes = Buffer.concat(await response.toArray());
	const text = bytes.toString();
	return {
		status: response.statusCode!,
		headers: response.headers,
		bytes,
		text,
		json: () => JSON.parse(text) as unknown,
	};
}

async function listen(t: Test, url: string) {
	const response = await open(url, '/events', { headers: { accept: 'text/event-stream' } });
	let heard = '';
	response.setEncoding('utf8').on('data', (part: string) => (heard += part));
	response.on('error', () => {});
	const ended = new Promise<void>((resolve) => response.once('close', resolve));
	const stop = () => response.destroy();
	t.teardown(stop);
	return {
		status: response.statusCode,
		ended,
		stop,
		text: () => heard,
		until: (...patterns: RegExp[]) => until(() => patterns.every((pattern) => pattern.test(heard))),
	};
}

/** Waits for a condition; the test's own timeout is what fails it. */
async function until(condition: () => boolean | Promise<boolean>) {
	while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
