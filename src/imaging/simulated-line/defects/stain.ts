/** A stain: a drop of oil or coolant that dried to a darker patch with a dark rim. */
import { addNoise } from '../noise.ts';
import { bySeverity, type DrawDefect } from './defect.ts';
import { findPlace } from './place.ts';
import { addBlob, emptyRelief } from './relief.ts';

export const stain: DrawDefect = (canvas, plan, random) => {
	const { width, light, part, truth, scale } = canvas;
	const size = bySeverity(plan, 7, 9.5) + random.between(0, bySeverity(plan, 3, 7));
	const place = findPlace(canvas, size, random);
	const relief = emptyRelief(canvas);
	const drops = 1 + random.integer(3);
	for (let k = 0; k < drops; k++) {
		const reach = k === 0 ? 0 : size * 0.8 * scale;
		const radius = size * scale * (k === 0 ? 1 : random.between(0.4, 0.7));
		const x = place.x + random.between(-reach, reach);
		const y = place.y + random.between(-reach, reach);
		addBlob(
			canvas,
			relief,
			x,
			y,
			Float32Array.from({ length: 9 }, () => radius * random.between(0.8, 1.2)),
		);
	}
	addNoise(relief.distance, canvas, { u: 3.5, v: 3.5, amplitude: 1.1 * scale }, random);
	const depth = bySeverity(plan, 0.19, 0.38) * (0.55 + 0.45 * plan.busyness);
	const rimDepth = depth * random.between(0.2, 0.6);
	const fade = 1.2 * scale;
	for (let y = relief.top; y <= relief.bottom; y++)
		for (let x = relief.left, i = y * width + x; x <= relief.right; x++, i++) {
			const d = relief.distance[i];
			if (d > fade || part[i] === 0) continue;
			const inside = Math.min(1, 0.5 - (0.5 * d) / fade);
			const rim = Math.exp(-((d / scale + 1.2) * (d / scale + 1.2)) / 1.4);
			light[i] *= 1 - inside * depth - rim * rimDepth;
			if (d <= 0) truth[i] = 1;
		}
};
