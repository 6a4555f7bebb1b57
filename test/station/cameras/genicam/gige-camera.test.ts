/** A real GigE Vision camera, at the other end of a (virtual) cable. */
import t from 'tap';
import { monotonicMs } from '../../../../src/base/clock.ts';
import type { AndonError } from '../../../../src/base/errors.ts';
import { GigeCamera, withoutGigeCamera } from '../../../../src/cli/bench-gige/gige-camera.ts';
import type { Shot } from '../../../../src/station/cameras/camera.ts';
import { discoverGenicam } from '../../../../src/station/cameras/genicam/discover-genicam.ts';
import { genicamOptions } from '../../../../src/station/cameras/genicam/genicam-options.ts';
import { GenicamSource } from '../../../../src/station/cameras/genicam/genicam-source.ts';
import { framesBetween } from '../../../../src/station/cameras/live/triggers/frames-between.ts';
import { withoutAravis } from '../../../support/aravis.ts';
import { liveCamera, until } from '../../../support/scripted-source.ts';
import { silent } from '../../../support/test-station.ts';

const skip = withoutAravis || withoutGigeCamera;

function sourceWith(options: object): GenicamSource {
	return new GenicamSource(genicamOptions.parse({ interface: 'GigEVision', ...options }), { log: silent });
}

/** A camera of the station on it, whose parts are taken as they come. */
async function running(options: object, live: object = {}) {
	const { camera, faults } = liveCamera(sourceWith(options), live);
	const shots: Shot[] = [];
	const ended = new AbortController();
	await camera.start();
	const taking = (async () => {
		for (;;) {
			const shot = await camera.next(ended.signal);
			shots.push(shot);
			shot.release?.();
		}
	})();
	const stop = async () => {
		ended.abort();
		await taking.catch(() => {});
		await camera.stop();
	};
	return { camera, faults, shots, seen: () => shots.filter(({ missed }) => !missed), stop };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function since(begin: number, condition: () => boolean): Promise<number> {
	await until(condition);
	return monotonicMs() - begin;
}

t.test('a GigE Vision camera', { skip }, async (t) => {
	const device = await GigeCamera.create();
	t.teardown(() => device.remove());

	t.test('is found on its network', async (t) => {
		const found = (await discoverGenicam()).find(({ serial }) => serial === device.serial);
		t.match(found, { source: 'genicam', name: 'Aravis Fake', address: device.address });
		t.same(found?.options, { device: found?.id });
		const source = sourceWith({ ...found?.options });
		await source.open({ frame: (frame) => frame.release(), broken: () => {}, lost: () => {} });
		await source.close();
	});

	t.test('gives every frame, and says of any that this host was too slow for', async (t) => {
		const { shots, stop } = await running({ device: device.address, fps: 50, packetDelayUs: 0, packetSize: 1400 });
		await until(() => shots.length >= 120);
		await stop();
		const ids = shots.map(({ device }) => device?.frameId);
		t.ok(ids.filter((id) => id !== undefined).length > 100);
		let expected = ids[0]!;
		for (const id of ids) {
			if (id !== undefined) t.equal(id, expected);
			// The counter goes from 65,535 to 1.
			expected = (expected % 65_535) + 1;
		}
	});

	t.test('is triggered by software: a picture for every trigger, and none without', async (t) => {
		const source = sourceWith({ device: device.serial, deviceTrigger: 'software' });
		const { camera, next } = liveCamera(source, { trigger: { on: 'command', timeoutMs: 2000 } });
		const part = async (id: string) => {
			camera.trigger({ id, at: new Date().toISOString(), monotonicMs: monotonicMs() });
			const shot = await next();
			shot.release?.();
			return shot;
		};
		await camera.start();
		// Until it is open, parts are missed.
		let shot = await part('first');
		for (; shot.missed; shot = await part('first')) await pause(50);
		for (let i = 1; i <= 3; i++) {
			await pause(150);
			const before = shot;
			shot = await part(`part ${i}`);
			t.notOk(shot.missed);
			t.equal(shot.trigger, `part ${i}`);
			t.equal(framesBetween(before.device!.frameId!, shot.device!.frameId!), 0, 'nothing was exposed in between');
		}
		await camera.stop();
	});

	t.test('is noticed within 2 s when it loses power, and gives frames within 5 s when it has it again', async (t) => {
		const { faults, seen, stop } = await running({ device: device.address });
		await until(() => seen().length > 3);
		const cut = monotonicMs();
		await device.unplug();
		t.ok((await since(cut, () => faults.at(-1) !== undefined)) < 2000);
		t.match(faults.at(-1), { code: 'CAMERA_LOST', message: /does not answer at/ });
		const frames = seen().length;
		const back = monotonicMs();
		await device.plug();
		t.ok((await since(back, () => seen().length > frames + 3)) < 5000);
		t.equal(faults.at(-1), undefined);
		await stop();
	});

	t.test('that waits for a trigger is noticed too: when it is gone, and when it was only restarted', async (t) => {
		const { faults, stop } = await running({ device: device.address, deviceTrigger: 'software' });
		await pause(1000);
		for (const away of [0, 1500]) {
			const before = faults.length;
			const cut = monotonicMs();
			await device.unplug();
			const noticed = since(cut, () => faults.length > before);
			await pause(away);
			await device.plug();
			t.ok((await noticed) < 2000);
			t.match(faults[before], { code: 'CAMERA_LOST', message: /was restarted|does not answer/ });
			t.ok((await since(monotonicMs(), () => faults.at(-1) === undefined)) < 5000);
			await pause(600);
		}
		await stop();
	});

	t.test('comes back after its cable was out', async () => {
		const { faults, seen, stop } = await running({ device: device.address });
		await until(() => seen().length > 3);
		device.cable('down');
		await until(() => faults.at(-1) !== undefined);
		device.cable('up');
		const frames = seen().length;
		await until(() => seen().length > frames + 3 && faults.at(-1) === undefined);
		await stop();
	});
});

t.test('frames that do not arrive whole are missed parts, with the reason', { skip }, async (t) => {
	const device = await GigeCamera.create({ lostPerThousand: 2 });
	t.teardown(() => device.remove());
	const broken: AndonError[] = [];
	let whole = 0;
	const source = sourceWith({ device: device.address, fps: 100 });
	await source.open({
		frame: (frame) => {
			whole++;
			frame.release();
		},
		broken: (why) => broken.push(why),
		lost: () => t.fail('it is there'),
	});
	await until(() => broken.length >= 3 && whole >= 10);
	await source.close();
	for (const { code, facts } of broken) {
		t.equal(code, 'FRAME_BROKEN');
		t.match(facts.found, /packets are missing|not complete in time/);
	}
});
