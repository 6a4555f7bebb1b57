/** Pits: small holes with ragged outlines, alone or in a loose cluster; one wall in shadow, the other lit. */
import { bySeverity, type DrawDefect } from './defect.ts';
import { findPlace, onPart } from './place.ts';
import { addBlob, carve, emptyRelief } from './relief.ts';

export const pit: DrawDefect = (canvas, plan, random) => {
	const { scale } = canvas;
	const place = findPlace(canvas, 8, random);
	const count = 1 + random.integer(plan.severity > 0.4 ? 4 : 2);
	const relief = emptyRelief(canvas);
	for (let k = 0; k < count; k++) {
		const x = place.x + (k === 0 ? 0 : random.between(-11, 11) * scale);
		const y = place.y + (k === 0 ? 0 : random.between(-11, 11) * scale);
		if (!onPart(canvas, x, y)) continue;
		const size = bySeverity(plan, 2 + 0.4 * plan.busyness, 4) * (k === 0 ? 1 : random.between(0.6, 0.95)) * scale;
		addBlob(
			canvas,
			relief,
			x,
			y,
			Float32Array.from({ length: 7 }, () => size * random.between(0.8, 1.3)),
		);
	}
	const depth = bySeverity(plan, 0.42, 0.68) * (0.55 + 0.45 * plan.busyness);
	carve(canvas, relief, { depth: Math.min(depth, 0.8), wall: 0.4 * depth, lip: 0.55 * depth, softness: 1.3 });
};
