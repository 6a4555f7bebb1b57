/** What a PLC sees of a camera: states and events in the order that OPC 40100-1 gives them. */
import { join } from 'node:path';
import t from 'tap';
import { Handshake, VISION_STATES } from '../../src/station/handshake.ts';
import type { Inspection } from '../../src/station/inspection.ts';
import type { CameraState } from '../../src/station/station-view.ts';
import { Mosquitto, withoutMosquitto } from '../support/mosquitto.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { subscribe } from '../support/subscriber.ts';
import { configOf, stationOf } from '../support/test-station.ts';

const steel = { id: 'steel', version: '1', hash: 'a' };

function followed(isSingle: boolean) {
	const said: string[] = [];
	const handshake = new Handshake(isSingle, 's-1-cam', {
		state: (state, jobId) => said.push(jobId ? `${state} ${jobId}` : state),
		event: (event) =>
			said.push(`${event.event}! ${'jobId' in event ? event.jobId : 'recipe' in event ? event.recipe.id : event.code}`),
	});
	const take = () => said.splice(0);
	const look = (camera: Pick<CameraState, 'status' | 'fault'>, recipe = steel) => handshake.look(camera, recipe);
	look({ status: 'starting' });
	said.length = 0;
	return { handshake, look, take };
}

const recorded = (sequence: number) =>
	({ sequence, resultId: `s-1-cam-${sequence}`, partId: 'p', verdict: 'ok', disposition: 'pass' }) as Inspection;
const lost = { code: 'CAMERA_LOST', message: 'gone', since: '1', blind: true };

t.test('a part that is asked for is a job of its own', async (t) => {
	const { handshake, look, take } = followed(true);
	t.equal(handshake.state, 'Preoperational');
	look({ status: 'running' });
	t.same(take(), ['Ready']);
	handshake.acquired(1, true);
	t.same(take(), ['SingleExecution s-1-cam-1', 'JobStarted! s-1-cam-1', 'AcquisitionDone! s-1-cam-1']);
	handshake.acquired(2, true);
	handshake.recorded(recorded(1));
	t.equal(handshake.state, 'SingleExecution', 'while another one is in work');
	take();
	handshake.recorded(recorded(2));
	t.same(take(), ['ResultReady! s-1-cam-2', 'Ready', 'Ready! s-1-cam-2']);
	handshake.acquired(3, false);
	t.notMatch(take().join(), /AcquisitionDone/, 'nothing was seen of a missed part');
});

t.test('a line that runs by itself is one job, until it is paused', async (t) => {
	const { handshake, look, take } = followed(false);
	look({ status: 'running' });
	t.same(take(), ['ContinuousExecution s-1-cam-job-1', 'JobStarted! s-1-cam-job-1']);
	handshake.acquired(1, true);
	handshake.recorded(recorded(1));
	t.same(take(), ['AcquisitionDone! s-1-cam-job-1', 'ResultReady! s-1-cam-job-1']);
	look({ status: 'running' });
	t.same(take(), [], 'nothing has changed');
	look({ status: 'paused' });
	t.same(take(), ['Ready', 'Ready! s-1-cam-job-1', 'Initialized']);
	look({ status: 'running' });
	t.same(take(), ['ContinuousExecution s-1-cam-job-2', 'JobStarted! s-1-cam-job-2']);
	look({ status: 'stopped' });
	t.same(take(), ['Ready', 'Ready! s-1-cam-job-2', 'Halted']);
});

t.test('a camera that is blind is in Error, told once, and goes on with a new job', async (t) => {
	const { handshake, look, take } = followed(false);
	look({ status: 'running' });
	take();
	look({ status: 'running', fault: lost });
	look({ status: 'running', fault: lost });
	t.same(take(), ['Error! CAMERA_LOST', 'Error']);
	look({ status: 'running', fault: { ...lost, blind: false } });
	t.equal(handshake.state, 'ContinuousExecution', 'a fault that does not blind is none for the PLC');
	const single = followed(true);
	single.look({ status: 'restarting', fault: lost });
	single.handshake.acquired(1, false);
	single.handshake.recorded(recorded(1));
	t.same(single.take(), ['Error! CAMERA_LOST', 'Error', 'JobStarted! s-1-cam-1', 'ResultReady! s-1-cam-1']);
});

t.test('a recipe that is in force from now on is told, once', async (t) => {
	const { look, take } = followed(true);
	look({ status: 'running' });
	take();
	look({ status: 'running' }, { id: 'brass', version: '1', hash: 'b' });
	look({ status: 'running' }, { id: 'brass', version: '1', hash: 'b' });
	t.same(take(), ['RecipePrepared! brass']);
});

t.test('states have the numbers of the standard', async (t) => {
	t.same(Object.values(VISION_STATES), [1, 2, 3, 5, 6, 7, 8], '4 is Operational, of which the last four are parts');
});

t.test('a station publishes both where it is configured, the state retained', { skip: withoutMosquitto }, async (t) => {
	const own = t.testdir();
	const bundle = await writeStationBundle(join(own, 'bundle'));
	const broker = await Mosquitto.create(own);
	const subscriber = await subscribe(broker.url, 'andon/line/#');
	const line = { source: 'simulator', count: 3, seed: 5 };
	const { station, until } = stationOf(configOf(own, bundle, line, { mqtt: { url: broker.url }, handshake: true }));
	await station.start();
	await until(() => station.state().cameras[0].status === 'ended' && station.state().counters.parts === 3);
	await subscriber.until(() => subscriber.of('handshake/cam').at(-1)?.state === 'Initialized');
	const late = await subscribe(broker.url, 'andon/line/#');
	await late.until(() => late.of('handshake/cam').length > 0);
	t.match(
		late.arrived.find(({ topic }) => topic === 'handshake/cam'),
		{
			retain: true,
			payload: { station: 'line', camera: 'cam', state: 'Initialized', stateNumber: 5, operational: true },
		},
	);
	t.equal(station.state().cameras[0].handshake, 'Initialized');
	await station.stop();
	await subscriber.until(() => subscriber.of('handshake/cam').at(-1)?.state === 'Halted');
	t.same(
		subscriber.of('handshake/cam').map(({ state }) => state),
		['Preoperational', 'ContinuousExecution', 'Ready', 'Initialized', 'Halted'],
	);
	const [prepared, ...events] = subscriber.of('handshake/cam/event');
	t.match(prepared, { event: 'RecipePrepared', recipe: station.state().recipe });
	// A result may be ready after the job has ended.
	t.same(events.map(({ event }) => event).sort(), ['JobStarted', 'Ready', 'ResultReady', 'ResultReady', 'ResultReady']);
	t.equal(new Set(events.map(({ jobId }) => jobId)).size, 1);
	t.equal(events[0].event, 'JobStarted');
	const { resultId } = events.find(({ event }) => event === 'ResultReady')!;
	t.equal(resultId, subscriber.of('inspection')[0].resultId);
	await Promise.all([subscriber.close(), late.close()]);
	await broker.stop();
});
