/** What another threshold would do: asked of the station, which computes it as `andon tune --what-if` does. */
import { byId, setText } from './dom.js';
import { whatIf } from './words.js';

const slider = byId('what-if');
const ghost = byId('ghost');
const answer = byId('what-if-answer');
const legend = byId('calibration-legend');
let asking = false;

/** The slider asks while it is moved, and forgets when it is left. */
export function openWhatIf() {
	slider.addEventListener('input', ask);
	slider.addEventListener('blur', () => show(false));
	slider.addEventListener('keydown', ({ key }) => key === 'Escape' && slider.blur());
}

/** Where the slider stands while nobody asks. */
export function restWhatIf(threshold) {
	if (ghost.hidden) slider.value = threshold;
}

/** One question at a time; the last one is always answered. */
async function ask() {
	show(true);
	ghost.style.setProperty('--at', slider.value);
	if (asking) return;
	asking = true;
	try {
		let asked;
		while (asked !== slider.value) {
			asked = slider.value;
			const response = await fetch(`/api/what-if?threshold=${asked}`);
			setText(answer, response.ok ? whatIf(await response.json()) : 'The station does not answer that.');
		}
	} catch {
		setText(answer, 'The station does not answer.');
	} finally {
		asking = false;
	}
}

function show(isAsked) {
	ghost.hidden = answer.hidden = !isAsked;
	legend.hidden = isAsked;
	if (!isAsked) setText(answer, '');
}
