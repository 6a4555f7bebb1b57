/** Shows the page with generated data: `node test/support/show-console.ts [port] [milliseconds per part]`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openConsole } from '../../src/console/server/console.ts';
import { fakeStation } from './fake-station.ts';

const [port = '8080', periodMs = '200'] = process.argv.slice(2);
const station = fakeStation();
for (let i = 0; i < 180; i++) await station.inspect();
const page = await openConsole(station, { port: Number(port) });
process.stdout.write(`${page.url}\n`);
let stopped = false;
process.once('SIGTERM', () => (stopped = true)).once('SIGINT', () => (stopped = true));
while (!stopped) {
	await station.inspect();
	await sleep(Number(periodMs));
}
await page.close();
