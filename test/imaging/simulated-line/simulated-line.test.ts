import t from 'tap';
import { connectedComponents } from '../../../src/imaging/connected-components.ts';
import {
	DEFECT_NAMES,
	renderPart,
	SimulatedLine,
	type SimulatedPart,
	SURFACE_NAMES,
} from '../../../src/imaging/simulated-line/simulated-line.ts';

const size = { width: 128, height: 128 };

t.test('a part is the same whenever and in whatever order it is asked for', (t) => {
	const line = new SimulatedLine({ seed: 4 });
	const later = line.part(7);
	line.part(3);
	const again = new SimulatedLine({ seed: 4 }).part(7);
	t.ok(sameBytes(again.pixels.data, later.pixels.data));
	t.ok(sameBytes(again.mask.data, later.mask.data));
	t.notOk(
		sameBytes(new SimulatedLine({ seed: 5 }).part(7).pixels.data, later.pixels.data),
		'another seed, another part',
	);
	t.notOk(sameBytes(line.part(8).pixels.data, later.pixels.data), 'another index, another part');
	t.end();
});

t.test('the plan of a part says what is drawn', (t) => {
	const line = new SimulatedLine({ seed: 9 });
	for (let index = 0; index < 30; index++) {
		const { surface, defectClass, severity } = line.plan(index);
		const part = line.part(index);
		t.match(part, { surface, severity, truth: { defective: defectClass !== undefined } });
		t.equal(part.truth.defectClass, defectClass);
	}
	t.end();
});

t.test('a sound part has an empty mask, a defective one a mask worth seeing', (t) => {
	for (const surface of SURFACE_NAMES) {
		t.notOk(renderPart({ seed: 1, index: 0, ...size, surface }).mask.data.includes(255), `sound ${surface}`);
		for (const defectClass of DEFECT_NAMES) {
			const areas: number[] = [];
			for (let index = 0; index < 40; index++) {
				const { mask } = renderPart({ seed: 2, index, ...size, surface, defectClass, severity: index / 39 });
				areas.push(areaOf(mask.data));
			}
			t.ok(Math.min(...areas) >= 8, `${defectClass} on ${surface}: at least ${Math.min(...areas)} pixels`);
			t.ok(
				Math.max(...areas) <= 0.12 * 128 * 128,
				`${defectClass} on ${surface}: at most ${Math.max(...areas)} pixels`,
			);
		}
	}
	t.end();
});

t.test('a defect changes the picture inside its mask and hardly elsewhere', (t) => {
	for (const surface of SURFACE_NAMES)
		for (const defectClass of DEFECT_NAMES)
			for (const severity of [0, 1]) {
				const [inside, outside] = changes(surface, defectClass, severity);
				t.ok(inside > 8, `${defectClass} ${severity} on ${surface}: ${inside.toFixed(1)} grey values inside`);
				t.ok(outside < 0.5, `${defectClass} ${severity} on ${surface}: ${outside.toFixed(2)} outside`);
			}
	t.end();
});

t.test('a severe defect stands out more than a faint one', (t) => {
	for (const surface of SURFACE_NAMES)
		for (const defectClass of DEFECT_NAMES)
			t.ok(
				changes(surface, defectClass, 1)[0] > 1.2 * changes(surface, defectClass, 0)[0],
				`${defectClass} on ${surface}`,
			);
	t.end();
});

t.test('scratches and cracks are one region, without gaps', (t) => {
	const largest = ({ mask }: SimulatedPart) => {
		const regions = connectedComponents(mask.data, 128, 128, 127).largest;
		return regions[0].areaPx / regions.reduce((sum, region) => sum + region.areaPx, 0);
	};
	for (let index = 0; index < 20; index++)
		for (const defectClass of ['scratch', 'crack'] as const)
			t.ok(largest(renderPart({ seed: 6, index, ...size, surface: 'woven', defectClass, severity: 0 })) === 1);
	t.end();
});

t.test('the line makes the wanted share of defects, every kind on every surface', (t) => {
	const line = new SimulatedLine({ seed: 11, defectRate: 0.3 });
	const plans = Array.from({ length: 2000 }, (_, index) => line.plan(index));
	const defective = plans.filter(({ defectClass }) => defectClass);
	t.ok(Math.abs(defective.length / 2000 - 0.3) < 0.04, `${defective.length} of 2000`);
	t.equal(new Set(defective.map(({ surface, defectClass }) => `${surface} ${defectClass}`)).size, 12);
	t.ok(plans.every(({ severity }) => severity >= 0 && severity <= 1));
	t.end();
});

t.test('sound parts differ in light, place and texture, within the range of the sensor', (t) => {
	for (const surface of SURFACE_NAMES) {
		const parts = Array.from({ length: 12 }, (_, index) => renderPart({ seed: 3, index, ...size, surface }));
		const means = parts.map(({ pixels }) => pixels.data.reduce((sum, value) => sum + value, 0) / pixels.data.length);
		t.ok(Math.max(...means) - Math.min(...means) > 8, `${surface}: light varies`);
		const clipped = parts.map(({ pixels }) => pixels.data.filter((value) => value === 0 || value === 255).length);
		t.ok(Math.max(...clipped) < 0.01 * 128 * 128, `${surface}: at most ${Math.max(...clipped)} clipped pixels`);
	}
	t.end();
});

t.test('parts can be drawn in other sizes and shapes', (t) => {
	for (const [width, height] of [
		[64, 64],
		[320, 240],
		[96, 200],
	]) {
		const part = renderPart({ seed: 1, index: 5, width, height, surface: 'cast', defectClass: 'scratch', severity: 1 });
		t.equal(part.pixels.data.length, width * height);
		t.ok(part.mask.data.includes(255), `${width} × ${height}`);
	}
	t.end();
});

t.test('settings out of range are refused', (t) => {
	t.throws(() => new SimulatedLine({ defectRate: 1.5 }));
	t.throws(() => new SimulatedLine({ width: 8 }));
	t.throws(() => new SimulatedLine({ surfaces: [] }));
	t.end();
});

/** Mean absolute difference in grey values from the same part without the defect, inside the mask and outside. */
function changes(
	surface: SimulatedPart['surface'],
	defectClass: (typeof DEFECT_NAMES)[number],
	severity: number,
): [inside: number, outside: number] {
	let inside = 0;
	let insideCount = 0;
	let outside = 0;
	let outsideCount = 0;
	for (let index = 0; index < 12; index++) {
		const sound = renderPart({ seed: 8, index, ...size, surface });
		const part = renderPart({ seed: 8, index, ...size, surface, defectClass, severity });
		for (let i = 0; i < part.mask.data.length; i++) {
			const change = Math.abs(part.pixels.data[i] - sound.pixels.data[i]);
			if (part.mask.data[i]) {
				inside += change;
				insideCount++;
			} else {
				outside += change;
				outsideCount++;
			}
		}
	}
	return [inside / insideCount, outside / outsideCount];
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	return Buffer.compare(a, b) === 0;
}

function areaOf(mask: Uint8Array): number {
	return mask.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
}
