import t from 'tap';
import { hostTemperatures } from '../../../src/station/metrics/host-temperatures.ts';

t.test('thermal zones and sensor chips are read in degrees; broken sensors are left out', async (t) => {
	const sys = t.testdir({
		thermal: {
			thermal_zone0: { type: 'cpu-thermal\n', temp: '48250\n' },
			thermal_zone1: { type: 'gpu-thermal\n' },
			thermal_zone2: { type: 'cpu-thermal\n', temp: '50000\n' },
			cooling_device0: { type: 'fan\n' },
		},
		hwmon: {
			hwmon0: { name: 'nvme\n', temp1_input: '36850\n', temp1_label: 'Composite\n', temp2_input: '65261850\n' },
			hwmon1: { name: 'tmp451\n', temp1_input: '-5000\n' },
		},
	});
	t.same(await hostTemperatures(sys), [
		{ sensor: 'cpu-thermal', celsius: 48.25 },
		{ sensor: 'cpu-thermal 2', celsius: 50 },
		{ sensor: 'nvme Composite', celsius: 36.85 },
		{ sensor: 'tmp451 temp1', celsius: -5 },
	]);
});

t.test('a host without sensors has no temperatures', async (t) => {
	t.same(await hostTemperatures(t.testdir({})), []);
});
