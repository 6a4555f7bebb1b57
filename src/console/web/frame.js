/** The picture of one part with the places that were found, drawn so that both change in the same moment. */
import { byId, make, pictureOf } from './dom.js';
import { defectWords } from './words.js';

const stage = byId('stage');
const boxes = byId('boxes');
const notice = byId('no-picture');
let front = byId('picture-a');
let back = byId('picture-b');
let wanted = 0;

/** @returns false when the picture is no longer kept by the station */
export async function showPicture(inspection) {
	const turn = ++wanted;
	back.src = pictureOf(inspection);
	try {
		await back.decode();
	} catch {
		if (turn === wanted) showNoPicture('The picture of this part is no longer kept.');
		return;
	}
	if (turn !== wanted) return;
	[front, back] = [back, front];
	front.hidden = false;
	back.hidden = true;
	front.alt = `Part ${inspection.partId}`;
	notice.hidden = true;
	stage.style.setProperty('--ratio', String(front.naturalWidth / front.naturalHeight));
	// A picture of a large view is smaller than what was seen.
	const { width, height } = inspection.seen ?? { width: front.naturalWidth, height: front.naturalHeight };
	drawBoxes(inspection, width, height);
}

export function showNoPicture(text) {
	wanted++;
	front.hidden = back.hidden = true;
	boxes.replaceChildren();
	notice.textContent = text;
	notice.hidden = false;
}

function drawBoxes({ defects, verdict }, width, height) {
	boxes.replaceChildren(...defects.map((defect) => boxOf(defect, verdict, width, height)));
	hideCoveredNames();
}

/** Of names that would lie on each other the first stays, of the larger defect; all are listed below the picture. */
function hideCoveredNames() {
	const shown = [];
	for (const name of boxes.querySelectorAll('span')) {
		const place = name.getBoundingClientRect();
		name.hidden = shown.some((other) => overlap(place, other));
		if (!name.hidden) shown.push(place);
	}
}

function overlap(a, b) {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function boxOf(defect, verdict, width, height) {
	const { box } = defect;
	const { name, area, length } = defectWords(defect);
	const element = make(
		'div',
		{ className: 'box', title: [name, area, length].filter(Boolean).join(', ') },
		make('span', {}, `${name} · ${area}`),
	);
	element.dataset.verdict = verdict;
	element.classList.toggle('low', box.y < 0.1 * height);
	element.classList.toggle('late', box.x > 0.72 * width);
	element.style.left = `${(box.x / width) * 100}%`;
	element.style.top = `${(box.y / height) * 100}%`;
	element.style.width = `${(box.width / width) * 100}%`;
	element.style.height = `${(box.height / height) * 100}%`;
	return element;
}
