/** The verdict in large, and the score against its threshold beside what the calibration parts scored. */
import { byId, colour, contextOf, make, setText } from './dom.js';
import { restWhatIf } from './what-if.js';
import { clock, defectWords, milliseconds, notListed, number, reason, score, VERDICTS } from './words.js';

const block = byId('verdict-block');
const scale = byId('scale');
const canvas = byId('calibration');
const BINS = 60;
/** Defects that are described beneath the picture, the largest ones. */
const SHOWN = 3;
let calibration = { sound: [], defective: [] };

export function showJudgement(inspection) {
	const { verdict } = inspection;
	block.dataset.verdict = verdict;
	byId('verdict-icon').setAttribute('href', `#icon-${verdict}`);
	setText(byId('verdict'), VERDICTS[verdict].word);
	setText(byId('verdict-detail'), reason(inspection));
	byId('verdict-detail').title = reason(inspection);
	setText(byId('score'), score(inspection.score));
	byId('marker').hidden = inspection.score === undefined;
	if (inspection.score !== undefined) scale.style.setProperty('--score', inspection.score);
	showThreshold(inspection.operatingPoint.threshold);
	setText(byId('part'), inspection.partId);
	const times = [clock(inspection.times.end)];
	if (inspection.score !== undefined) times.push(`decided in ${milliseconds(inspection.times.processingMs)}`);
	setText(byId('part-detail'), `${inspection.camera} · ${times.join(' · ')}`);
	showDefects(inspection);
}

/** The same place, whatever there is: the picture above must not change its size from part to part. */
function showDefects(inspection) {
	const shown = inspection.defects.slice(0, SHOWN);
	const items = shown.map((defect) => {
		const { name, area, length, certainty } = defectWords(defect);
		const size = [area, length].filter(Boolean).join(' · ');
		return make('li', { title: `${certainty} sure at its peak` }, make('strong', {}, name), size);
	});
	const rest = notListed(inspection, inspection.defects.length - shown.length);
	if (rest) items.push(make('li', { className: 'rest' }, rest));
	if (items.length === 0) items.push(make('li', { className: 'rest' }, 'No defect marked'));
	byId('found').replaceChildren(...items);
}

/** Says in large that nothing is being inspected: an old verdict must not pass for a new one. */
export function showHalt({ word, detail }) {
	block.dataset.verdict = 'none';
	byId('verdict-icon').setAttribute('href', '#icon-not-inspected');
	setText(byId('verdict'), word);
	setText(byId('verdict-detail'), detail);
}

export function showThreshold(threshold) {
	scale.style.setProperty('--threshold', threshold);
	setText(byId('threshold-label'), `threshold ${score(threshold)}`);
	restWhatIf(threshold);
}

export function setCalibration(scores) {
	calibration = scores;
	const { sound, defective } = calibration;
	const known = sound.length + defective.length > 0;
	byId('calibration-legend').replaceChildren(
		...(known
			? [
					entry('ok', `${number(sound.length)} sound calibration parts`),
					entry('defect', `${number(defective.length)} defective`),
				]
			: []),
	);
	drawCalibration();
}

function entry(verdict, text) {
	const element = make('span', {}, make('i'), text);
	element.dataset.verdict = verdict;
	return element;
}

/** Two small histograms on the gauge's own axis: sound parts upward, defective parts downward. */
export function drawCalibration() {
	const { context, width, height } = contextOf(canvas);
	const middle = Math.round(height / 2);
	const half = middle - 2;
	draw(calibration.sound, colour('ok'), (x, w, h) => context.fillRect(x, middle - 1 - h, w, h));
	draw(calibration.defective, colour('defect'), (x, w, h) => context.fillRect(x, middle + 1, w, h));
	context.fillStyle = colour('edge');
	context.fillRect(0, middle - 0.5, width, 1);

	function draw(scores, fill, bar) {
		const counts = new Array(BINS).fill(0);
		for (const value of scores) counts[Math.min(BINS - 1, Math.floor(value * BINS))]++;
		const most = Math.max(1, ...counts);
		context.fillStyle = fill;
		// Square root: a bin with one part stays visible beside a bin with hundreds.
		counts.forEach((count, i) => {
			if (count > 0) bar((i / BINS) * width + 0.5, width / BINS - 1, Math.max(2, half * Math.sqrt(count / most)));
		});
	}
}
