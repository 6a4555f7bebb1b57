import t from 'tap';
import type { CameraContext, Shot } from '../../../../src/station/cameras/camera.ts';
import { SimulatorCamera, simulatorOptions } from '../../../../src/station/cameras/simulator/simulator-camera.ts';
import { silent } from '../../../support/test-station.ts';

const context: CameraContext = {
	id: 'cam',
	input: { width: 64, height: 64, channels: 1 },
	cursor: undefined,
	log: silent,
	report: () => {},
};

async function shotsOf(options: object, count: number): Promise<Shot[]> {
	const camera = new SimulatorCamera(simulatorOptions.parse(options), context);
	await camera.start();
	const shots: Shot[] = [];
	while (shots.length < count) shots.push((await camera.next(new AbortController().signal))!);
	return shots;
}

t.test('drawn beforehand, the first pictures come again and again, as parts of their own', async (t) => {
	const options = { seed: 3, defectRate: 0.5 };
	const shots = await shotsOf({ ...options, prerender: 2 }, 5);
	const drawn = await shotsOf(options, 2);
	for (const [i, shot] of shots.entries()) {
		const { pixels, mask } = await shot.read();
		const expected = await drawn[i % 2].read();
		t.ok(Buffer.from(pixels.data).equals(expected.pixels.data), `picture of part ${i}`);
		t.ok(Buffer.from(mask!.data).equals(expected.mask!.data));
		t.same(shot.truth, drawn[i % 2].truth);
	}
	t.equal(new Set(shots.map(({ partId }) => partId)).size, 5);
});

t.test('keeps the truth to itself when it is told to, as a real camera does', async (t) => {
	const [shot] = await shotsOf({ defectRate: 1, tellTruth: false }, 1);
	t.equal(shot.truth, undefined);
	t.equal((await shot.read()).mask, undefined);
});

t.test('details are as large as the scale says', async (t) => {
	const [small] = await shotsOf({ seed: 3, surfaces: ['woven'], defectRate: 0, scale: 0.5 }, 1);
	const [same] = await shotsOf({ seed: 3, surfaces: ['woven'], defectRate: 0 }, 1);
	const [larger] = await shotsOf({ seed: 3, surfaces: ['woven'], defectRate: 0, scale: 2 }, 1);
	const bytes = async (shot: Shot) => Buffer.from((await shot.read()).pixels.data);
	t.ok((await bytes(small)).equals(await bytes(same)), '64 pixels are 128 units');
	t.notOk((await bytes(larger)).equals(await bytes(same)));
});
