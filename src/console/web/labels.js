/** What people said about parts; it stands beside the verdict and never replaces it. */
import { byId, setText, verdictIcon } from './dom.js';
import { said } from './words.js';

/** Labels remembered in the page. */
const KEPT = 2000;
const labels = new Map();
const line = byId('said');

/** @param news labels, oldest first */
export function takeLabels(news) {
	for (const label of news) {
		const known = labels.get(label.resultId);
		if (known && known.number > label.number) continue;
		labels.delete(label.resultId);
		labels.set(label.resultId, label);
	}
	for (const oldest of labels.keys()) {
		if (labels.size <= KEPT) break;
		labels.delete(oldest);
	}
}

/** Beside the part that is shown in large. */
export function showSaid(inspection) {
	const label = inspection && labels.get(inspection.resultId);
	line.hidden = !label;
	if (!label) return;
	const { sentence, detail } = said(label);
	line.dataset.verdict = verdictOf(label);
	setText(line, sentence);
	line.title = detail;
}

/** A small mark on a thumbnail; @returns words for those who do not see it, or undefined without a label */
export function markSaid(badge, inspection) {
	const label = labels.get(inspection.resultId);
	badge.hidden = !label;
	if (!label) return undefined;
	if (badge.dataset.number !== String(label.number)) {
		badge.dataset.number = String(label.number);
		badge.dataset.verdict = verdictOf(label);
		badge.replaceChildren(verdictIcon(verdictOf(label)));
	}
	return said(label).sentence;
}

function verdictOf({ defective }) {
	return defective ? 'defect' : 'ok';
}
