/** A station that loads one bundle after the other until it is killed; `argv[2]` is its configuration as JSON. */
import { Station } from '../../src/station/station.ts';
import { silent } from './test-station.ts';

const station = new Station(JSON.parse(process.argv[2]), silent);
await station.start();
process.send!('started');
for (let i = 0; ; i++) {
	const path = i % 2 === 0 ? 'second' : 'first';
	await station.command('load-bundle', { path }, { who: 'ada', source: 'console' });
}
