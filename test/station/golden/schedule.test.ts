import t from 'tap';
import { goldenSchema } from '../../../src/station/golden/golden-options.ts';
import { Schedule } from '../../../src/station/golden/schedule.ts';

const at = (hours: number, minutes = 0, day = 10) => new Date(2026, 2, day, hours, minutes).getTime();
const scheduleOf = (options: object, last?: { at: number; parts: number }, now = at(12)) =>
	new Schedule(goldenSchema.parse(options), last, now);

t.test('nothing is due where nothing is scheduled', async (t) => {
	const schedule = scheduleOf({});
	t.equal(schedule.due(at(23)), undefined);
	t.equal(schedule.next(at(23)), undefined);
});

t.test('the first run is due at once, because nothing is known before', async (t) => {
	t.equal(scheduleOf({ everyParts: 100 }).due(at(12)), 'no golden run yet');
	t.equal(scheduleOf({ atTimes: ['06:00'] }).due(at(12)), 'no golden run yet');
});

t.test('parts are counted over a restart and begin anew with a run', async (t) => {
	const schedule = scheduleOf({ everyParts: 100 }, { at: at(11), parts: 98 });
	schedule.part();
	t.equal(schedule.due(at(12)), undefined);
	t.same(schedule.next(at(12)), { inParts: 1 });
	schedule.part();
	t.equal(schedule.due(at(12)), '100 parts went by');
	schedule.ran(at(12));
	t.equal(schedule.due(at(12, 1)), undefined);
	t.same(schedule.next(at(12, 1)), { inParts: 100 });
});

t.test('times of day are those of the local clock, and one that was slept through is caught up', async (t) => {
	const schedule = scheduleOf({ atTimes: ['06:00', '14:00'] }, { at: at(6, 1), parts: 0 });
	t.equal(schedule.due(at(13, 59)), undefined);
	t.same(schedule.next(at(13)), { at: new Date(at(14)).toISOString() });
	t.equal(schedule.due(at(14)), 'it was 14:00');
	schedule.ran(at(14));
	t.equal(schedule.due(at(23)), undefined);
	t.same(schedule.next(at(23)), { at: new Date(at(6, 0, 11)).toISOString() });
	t.equal(schedule.due(at(9, 0, 11)), 'it was 06:00');
});

t.test('minutes count from the last run; a clock that is set back does not put the next one off', async (t) => {
	const schedule = scheduleOf({ everyMinutes: 30 }, { at: at(12), parts: 0 });
	t.equal(schedule.due(at(12, 29)), undefined);
	t.equal(schedule.due(at(12, 30)), '30 minutes went by');
	t.equal(schedule.due(at(8)), undefined);
	t.equal(schedule.due(at(8, 30)), '30 minutes went by');
});

t.test('a start is a reason by itself where it is wanted', async (t) => {
	const schedule = scheduleOf({ atStart: true }, { at: at(11), parts: 0 });
	t.equal(schedule.due(at(12)), 'the station started');
	schedule.ran(at(12, 1));
	t.equal(schedule.due(at(18)), undefined);
});
