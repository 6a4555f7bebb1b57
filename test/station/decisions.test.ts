import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { encodePng } from '../../src/imaging/encode-image.ts';
import { checkStation } from '../../src/station/host/check-station.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { configOf, greyImage, stationOf } from '../support/test-station.ts';

// Scores are grey / 255: the bright square is marked (0.78) but scores below this threshold.
const bundle = await writeStationBundle(join(t.testdir(), 'bundle'), { threshold: 0.9 });
const WIDTH = 256;
const HEIGHT = 128;

/** A dark picture with a bright rectangle of 64 × 16 pixels, which becomes 16 × 8 of the model's 64 × 64. */
async function writeImage(dir: string, bright: number): Promise<void> {
	const image = greyImage(40, WIDTH, HEIGHT);
	for (let y = 32; y < 48; y++) image.data.fill(bright, y * WIDTH + 64, y * WIDTH + 128);
	await writeFile(join(dir, `${bright}.png`), await encodePng(image));
}

async function inspect(t: Test, bright: number, overrides: object, camera: object = {}) {
	const own = t.testdir({ images: {} });
	await writeImage(join(own, 'images'), bright);
	const config = configOf(own, bundle, { source: 'folder', path: join(own, 'images'), ...camera }, overrides);
	const { station, inspections, until } = stationOf(config);
	await station.start();
	await until(() => inspections.length === 1);
	const state = station.state();
	await station.stop();
	return { inspection: inspections[0], state };
}

t.test('a station measures defects in mm of the camera’s own image and judges them by its rules', async (t) => {
	const severity = ['review if any defect', 'defect if area > 2 mm² and length > 6 mm'];
	const { inspection, state } = await inspect(t, 200, { decision: { mmPerPixel: 0.1, severity } });
	t.match(inspection, { verdict: 'defect', disposition: 'reject', rule: severity[1] });
	const [defect] = inspection.defects;
	// The edges are blurred by the fit, so that a row or column more or less is marked.
	t.ok(Math.abs(defect.boxMm!.width - 6.4) <= 0.8 && Math.abs(defect.boxMm!.height - 1.6) <= 0.4);
	t.ok(Math.abs(defect.areaMm2! - defect.areaPx * 0.4 * 0.2) < 1e-9, 'an axis each: 4 and 2 camera pixels a pixel');
	t.ok(Math.abs(defect.lengthMm! - Math.hypot(0.4 * defect.box.width, 0.2 * defect.box.height)) < 1e-9);
	t.match(inspection.why, /^Defect, 10 mm², 6\.\d mm long: rule "defect if area > 2 mm² and length > 6 mm"\.$/);
	t.same(state.rules, severity);
	t.notOk('promiseVoid' in inspection || 'promiseVoid' in state, 'rules that are stricter cost no recall');
});

t.test('a camera may have a scale of its own', async (t) => {
	const decision = { mmPerPixel: 0.1, severity: ['review if area > 2 mm²'] };
	const { inspection } = await inspect(t, 200, { decision }, { mmPerPixel: 0.01 });
	t.match(inspection, { verdict: 'ok', why: 'Score 0.784 is below the threshold 0.900.' });
	t.ok(inspection.defects[0].areaMm2! < 0.2);
});

t.test('a station that may pass flagged parts shows no promise, and says why', async (t) => {
	const severity = ['ok if total area < 999 px²'];
	const { inspection, state } = await inspect(t, 250, { decision: { severity, allowRelaxing: true } });
	t.match(inspection, { verdict: 'ok', disposition: 'pass' });
	t.match(
		inspection.why,
		/^1 defect, .*: rule "ok if total area .* It overrides: Score 0\.980 reaches the threshold 0\.900\.$/,
	);
	for (const { operatingPoint, promiseVoid } of [inspection, state]) {
		t.same(operatingPoint, { threshold: 0.9, method: 'fixed', precision: 'fp32' });
		t.match(promiseVoid, [/^The rule "ok if total area < 999 px²" may pass parts/]);
	}
});

t.test('rules that the bundle cannot follow keep a station from starting, and `doctor` says so before', async (t) => {
	const own = t.testdir({ images: {} });
	const decision = { severity: ['defect if any Crack'] };
	const camera = { source: 'folder', path: join(own, 'images') };
	const { station } = stationOf(configOf(own, bundle, camera, { decision }));
	await t.rejects(station.start(), { code: 'CONFIG_INVALID', message: /tells none apart.*"Crack".*at character 15/ });
	const file = join(own, 'station.yaml');
	await writeFile(file, JSON.stringify({ station: 'line', bundle, cameras: [{ id: 'a', ...camera }], decision }));
	const { findings } = await checkStation(file);
	t.match(
		findings.find(({ name }) => name === 'decision'),
		{ status: 'fail', found: /"Crack"/ },
	);
});
