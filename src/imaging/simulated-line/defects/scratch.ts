/** A scratch: a long, nearly straight groove that a hard edge has torn; its burr shines. */
import { bySeverity, type DrawDefect } from './defect.ts';
import { findPlace } from './place.ts';
import { addCapsule, carve, emptyRelief, THINNEST } from './relief.ts';

export const scratch: DrawDefect = (canvas, plan, random) => {
	const { scale, pose } = canvas;
	const length = bySeverity(plan, 26, 38) + random.between(0, bySeverity(plan, 10, 32));
	const place = findPlace(canvas, length * 0.4, random);
	// Along the brushing a scratch would be one streak more, so it crosses it by at least 20°.
	const grain = Math.atan2(-pose.dv, pose.du);
	let heading = grain + random.between(0.35, Math.PI - 0.35);
	const bend = random.between(-0.012, 0.012);
	const steps = Math.ceil(length / 2);
	const half = Math.max(bySeverity(plan, 0.5 + 0.2 * plan.busyness, 1.2) * scale, 0.6) * random.between(0.9, 1.2);
	let x = place.x - Math.cos(heading) * length * 0.5 * scale;
	let y = place.y - Math.sin(heading) * length * 0.5 * scale;
	const relief = emptyRelief(canvas);
	for (let k = 0; k < steps; k++) {
		heading += bend * 2;
		const nextX = x + Math.cos(heading) * 2 * scale;
		const nextY = y + Math.sin(heading) * 2 * scale;
		const taper = Math.min(1, 0.55 + (0.9 * Math.min(k, steps - 1 - k)) / steps);
		const thick = Math.max(half * taper, THINNEST);
		addCapsule(canvas, relief, x, y, thick, nextX, nextY, thick);
		x = nextX;
		y = nextY;
	}
	const contrast = bySeverity(plan, 0.32, 0.64) * (0.4 + 0.6 * plan.busyness);
	const bright = random.chance(0.8);
	carve(canvas, relief, {
		depth: bright ? -contrast : 0.8 * contrast,
		wall: 0.25 * contrast,
		lip: 0.5 * contrast,
		softness: 1,
	});
};
