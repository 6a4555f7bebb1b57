import t from 'tap';
import { withoutGigeCamera } from '../../src/cli/bench-gige/gige-camera.ts';
import { withoutAravis } from '../support/aravis.ts';
import { runAndon } from '../support/run-andon.ts';

const skip = withoutAravis || withoutGigeCamera;

t.test('bench station-gige accounts for every frame, and times a loss of power', { skip }, async (t) => {
	const { code, stdout } = await runAndon(
		'bench',
		'station-gige',
		'--frames',
		'60',
		'--fps',
		'50',
		'--cycles',
		'1',
		'--json',
	);
	t.equal(code, 0);
	const { cases } = JSON.parse(stdout);
	t.equal(cases.length, 4);
	const [frames, latency, noticed, again] = cases;
	t.match(frames, { ours: 0, bound: 0 });
	t.ok(frames.counts.seen + frames.counts.missed >= 60);
	t.ok(latency.ours > 0);
	t.ok(noticed.ours < noticed.bound && noticed.ratio > 1, "sooner than libaravis' own watch");
	t.ok(again.ours < again.bound);
	t.equal(again.counts.times, 1);
});
