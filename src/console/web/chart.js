/** Scores of the last parts against the threshold that was in force for each. */
import { byId, colour, contextOf, setText } from './dom.js';
import { clock, score, VERDICTS } from './words.js';

const canvas = byId('chart');
const tip = byId('chart-tip');
const SHOWN = 240;
const PAD = { left: 26, right: 92, top: 8, bottom: 8 };
let shown = [];
let hover;

/** @param onPick called with the inspection that was clicked */
export function openChart(onPick) {
	canvas.addEventListener('pointermove', ({ offsetX }) => {
		hover = nearest(offsetX);
		draw();
	});
	canvas.addEventListener('pointerleave', () => {
		hover = undefined;
		draw();
	});
	canvas.addEventListener('click', ({ offsetX }) => {
		const inspection = nearest(offsetX);
		if (inspection) onPick(inspection);
	});
}

/** @param inspections oldest first */
export function showChart(inspections) {
	shown = inspections.slice(-SHOWN);
	if (hover && !shown.includes(hover)) hover = undefined;
	draw();
	const flagged = shown.filter(({ verdict }) => verdict !== 'ok').length;
	canvas.setAttribute('aria-label', `Scores of the last ${shown.length} parts; ${flagged} did not pass.`);
}

export function draw() {
	const { context, width, height } = contextOf(canvas);
	const y = (value) => PAD.top + (1 - value) * (height - PAD.top - PAD.bottom);
	grid(context, width, y);
	thresholds(context, width, y);
	for (const [i, inspection] of shown.entries()) mark(context, xOf(i, width), y, inspection);
	showTip(context, width, y);
}

function grid(context, width, y) {
	context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
	context.textBaseline = 'middle';
	for (const value of [0, 0.5, 1]) {
		context.fillStyle = colour('edge');
		context.fillRect(PAD.left, Math.round(y(value)), width - PAD.left - PAD.right, 1);
		context.fillStyle = colour('soft');
		context.textAlign = 'right';
		context.fillText(value === 0.5 ? '.5' : String(value), PAD.left - 8, y(value));
	}
}

/** A stepped line: when the threshold is changed, the past keeps the one it was judged by. */
function thresholds(context, width, y) {
	if (shown.length === 0) return;
	context.strokeStyle = colour('ink');
	context.lineWidth = 1.5;
	context.setLineDash([5, 4]);
	context.beginPath();
	shown.forEach(({ operatingPoint: { threshold } }, i) => {
		if (i === 0) context.moveTo(PAD.left, y(threshold));
		context.lineTo(xOf(i - 0.5, width), y(threshold));
		context.lineTo(i === shown.length - 1 ? width - PAD.right : xOf(i + 0.5, width), y(threshold));
	});
	context.stroke();
	context.setLineDash([]);
	const { threshold } = shown[shown.length - 1].operatingPoint;
	context.fillStyle = colour('ink');
	context.textAlign = 'left';
	context.fillText(`flag ≥ ${score(threshold)}`, width - PAD.right + 8, y(threshold));
}

function mark(context, x, y, { verdict, score: value }) {
	context.fillStyle = context.strokeStyle = colour(verdict);
	context.lineWidth = 1.8;
	context.beginPath();
	if (value === undefined) {
		context.setLineDash([3, 2]);
		context.arc(x, y(0) - 1, 4, 0, 2 * Math.PI);
		context.stroke();
		context.setLineDash([]);
	} else if (verdict === 'defect') {
		for (let corner = 0; corner < 8; corner++) {
			const angle = ((corner + 0.5) * Math.PI) / 4;
			context.lineTo(x + 5 * Math.cos(angle), y(value) + 5 * Math.sin(angle));
		}
		context.fill();
	} else if (verdict === 'review') {
		context.moveTo(x, y(value) - 5.5);
		context.lineTo(x + 5.5, y(value) + 4);
		context.lineTo(x - 5.5, y(value) + 4);
		context.fill();
	} else {
		context.globalAlpha = 0.75;
		context.arc(x, y(value), 2.4, 0, 2 * Math.PI);
		context.fill();
		context.globalAlpha = 1;
	}
}

function showTip(context, width, y) {
	tip.hidden = !hover;
	if (!hover) return;
	const x = xOf(shown.indexOf(hover), width);
	context.fillStyle = colour('soft');
	context.fillRect(x - 0.5, y(1), 1, y(0) - y(1));
	const word = VERDICTS[hover.verdict].word;
	setText(tip, `${hover.partId} · ${word} · ${score(hover.score)} · ${clock(hover.times.end)}`);
	const half = tip.offsetWidth / 2;
	tip.style.translate = `${Math.max(0, Math.min(width - 2 * half, x - half))}px 0`;
}

/** The newest part is at the right edge, wherever the record began. */
function xOf(i, width) {
	const step = (width - PAD.left - PAD.right - 8) / (SHOWN - 1);
	return width - PAD.right - 6 - (shown.length - 1 - i) * step;
}

function nearest(x) {
	const width = canvas.clientWidth;
	const step = xOf(1, width) - xOf(0, width);
	const i = Math.round((x - xOf(0, width)) / step);
	return shown[Math.max(0, Math.min(shown.length - 1, i))];
}
