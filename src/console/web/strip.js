/** The last parts as small pictures; holds still while somebody looks at it. */
import { byId, make, pictureOf, setText, verdictIcon } from './dom.js';
import { markSaid } from './labels.js';
import { clock, score, VERDICTS } from './words.js';

const strip = byId('strip');
const held = byId('held');
const SHOWN = 30;
const items = new Map();
let busy = false;

/** @param onPick called with the inspection that was chosen; @param onRelease when the strip may move again */
export function openStrip(onPick, onRelease) {
	strip.addEventListener('click', ({ target }) => {
		const item = items.get(target.closest('button')?.dataset.id);
		if (item) onPick(item.inspection);
	});
	strip.addEventListener('keydown', moveFocus);
	const hold = (isHeld) => () => {
		busy = isHeld || strip.matches(':hover') || strip.contains(document.activeElement);
		if (!busy) onRelease();
	};
	strip.addEventListener('pointerenter', hold(true));
	strip.addEventListener('pointerleave', hold(false));
	strip.addEventListener('focusin', hold(true));
	strip.addEventListener('focusout', () => setTimeout(hold(false)));
	for (const radio of document.querySelectorAll('[name=filter]')) radio.addEventListener('change', onRelease);
}

export function filterIsFlagged() {
	return document.querySelector('[name=filter]:checked').value === 'flagged';
}

/**
 * @param inspections oldest first
 * @param pictures result ids that have a picture
 * @param chosen result id of the part shown in large, if it is held there
 */
export function showStrip(inspections, pictures, chosen) {
	const wanted = inspections
		.filter(({ verdict }) => !filterIsFlagged() || verdict !== 'ok')
		.slice(-SHOWN)
		.reverse();
	const moves = wanted[0]?.resultId !== strip.firstElementChild?.firstElementChild?.dataset?.id;
	held.hidden = !(busy && moves);
	if (!busy) arrange(wanted);
	for (const [id, item] of items) {
		item.button.setAttribute('aria-pressed', String(id === chosen));
		showLabel(item);
		if (pictures.has(id) && !item.image.src) showThumbnail(item);
	}
}

function arrange(wanted) {
	if (wanted.length === 0) {
		items.clear();
		strip.replaceChildren(
			make('li', { className: 'empty' }, filterIsFlagged() ? 'Every part has passed so far.' : 'No part yet.'),
		);
		return;
	}
	const keep = new Set(wanted.map(({ resultId }) => resultId));
	for (const [id, { element }] of items) {
		if (keep.has(id)) continue;
		element.remove();
		items.delete(id);
	}
	strip.querySelector('.empty')?.remove();
	wanted.forEach((inspection, i) => {
		const item = items.get(inspection.resultId) ?? add(inspection);
		if (strip.children[i] !== item.element) strip.insertBefore(item.element, strip.children[i] ?? null);
	});
}

function add(inspection) {
	const { resultId, verdict, partId, times } = inspection;
	const image = make('img', { alt: '', hidden: true, width: 72, height: 64 });
	const badge = make('span', { className: 'said', hidden: true });
	const mark = make('span', { className: 'mark' }, verdictIcon(verdict), score(inspection.score));
	const button = make(
		'button',
		{ type: 'button', title: `${partId} at ${clock(times.end)}` },
		make('span', { className: 'thumb' }, verdictIcon(verdict), image, badge),
		mark,
	);
	button.dataset.id = resultId;
	button.dataset.verdict = verdict;
	const item = { inspection, button, image, badge, element: make('li', {}, button) };
	items.set(resultId, item);
	return item;
}

/** What a person said, for eyes and for ears. */
function showLabel({ badge, button, inspection }) {
	const { partId, verdict } = inspection;
	const words = markSaid(badge, inspection);
	const name = [`${partId}, ${VERDICTS[verdict].word}, score ${score(inspection.score)}`, words]
		.filter(Boolean)
		.join('. ');
	if (button.getAttribute('aria-label') !== name) button.setAttribute('aria-label', name);
}

function showThumbnail({ image, inspection }) {
	image.src = pictureOf(inspection);
	image.decode().then(
		() => (image.hidden = false),
		() => {},
	);
}

function moveFocus(event) {
	const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
	const here = document.activeElement?.closest('#strip li');
	if (!step || !here) return;
	event.preventDefault();
	(step > 0 ? here.nextElementSibling : here.previousElementSibling)?.querySelector('button')?.focus();
}

export function showLastFlagged(inspection, hasPicture, onPick) {
	const button = byId('last-flagged');
	const [strong, small] = button.querySelectorAll('strong, small');
	const image = button.querySelector('img');
	button.disabled = false;
	button.dataset.verdict = inspection.verdict;
	setText(strong, `${VERDICTS[inspection.verdict].word} · ${inspection.partId}`);
	const detail = inspection.score === undefined ? 'no score' : `score ${score(inspection.score)}`;
	setText(small, `${clock(inspection.times.end)} · ${detail}`);
	button.onclick = () => onPick(inspection);
	image.previousElementSibling?.remove();
	image.before(verdictIcon(inspection.verdict));
	image.hidden = !hasPicture;
	if (hasPicture && !image.src.endsWith(pictureOf(inspection))) image.src = pictureOf(inspection);
}
