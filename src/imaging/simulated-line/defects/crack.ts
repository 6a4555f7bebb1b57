/** A crack: a thin dark line that wanders, changes its width and branches. */
import type { Random } from '../../../base/random.ts';
import type { Canvas } from '../canvas.ts';
import { bySeverity, type DrawDefect } from './defect.ts';
import { findPlace } from './place.ts';
import { addCapsule, carve, emptyRelief, type Relief, THINNEST } from './relief.ts';

interface Branch {
	readonly x: number;
	readonly y: number;
	readonly heading: number;
	/** Units. */
	readonly length: number;
	/** Half width at its beginning, in pixels. */
	readonly half: number;
}

export const crack: DrawDefect = (canvas, plan, random) => {
	const length = bySeverity(plan, 26, 42) + random.between(0, bySeverity(plan, 8, 30));
	const place = findPlace(canvas, length * 0.4, random);
	const grain = Math.atan2(-canvas.pose.dv, canvas.pose.du);
	const heading = grain + random.between(0.3, Math.PI - 0.3);
	const half = Math.max(bySeverity(plan, 0.45 + 0.2 * plan.busyness, 1.1) * canvas.scale, 0.6);
	const relief = emptyRelief(canvas);
	const x = place.x - Math.cos(heading) * length * 0.45 * canvas.scale;
	const y = place.y - Math.sin(heading) * length * 0.45 * canvas.scale;
	const branches = growBranch(canvas, relief, { x, y, heading, length, half }, random);
	for (const branch of branches) growBranch(canvas, relief, branch, random);
	const depth = Math.min(bySeverity(plan, 0.4, 0.72) * (0.45 + 0.55 * plan.busyness), 0.85);
	carve(canvas, relief, { depth, wall: 0.15 * depth, lip: 0.3 * depth, softness: 1 });
};

/** Draws one wandering line; returns the branches that leave it. */
function growBranch(canvas: Canvas, relief: Relief, branch: Branch, random: Random): Branch[] {
	const { scale } = canvas;
	const step = 1.7;
	const steps = Math.ceil(branch.length / step);
	const branches: Branch[] = [];
	let { x, y } = branch;
	let half = Math.max(THINNEST, branch.half);
	let kink = 0;
	for (let k = 0; k < steps; k++) {
		kink = kink * 0.6 + random.between(-0.75, 0.75);
		const heading = branch.heading + kink;
		const nextX = x + Math.cos(heading) * step * scale;
		const nextY = y + Math.sin(heading) * step * scale;
		const nextHalf = Math.max(THINNEST, branch.half * (1 - (0.5 * k) / steps) * random.between(0.75, 1.15));
		addCapsule(canvas, relief, x, y, half, nextX, nextY, nextHalf);
		if (k > 3 && random.chance(0.1)) {
			const turn = random.chance(0.5) ? 0.8 : -0.8;
			branches.push({
				x,
				y,
				heading: heading + turn,
				length: branch.length * random.between(0.15, 0.35),
				half: nextHalf * 0.8,
			});
		}
		x = nextX;
		y = nextY;
		half = nextHalf;
	}
	return branches;
}
