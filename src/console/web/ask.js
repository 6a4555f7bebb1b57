/** Buttons that have a part inspected: where a camera inspects on request, and this page may ask for it. */
import { byId, make, setText } from './dom.js';

/** How long a refusal stays to be read. */
const SAID_MS = 8000;

let may = false;
let shown = '';
let saidAt = 0;

/** Asks the station whether this page may; to be called whenever the connection is new. */
export async function learnRights() {
	may = (await (await fetch('/api/rights')).json()).ask;
	shown = '';
}

/** @param state undefined while the station is not heard */
export function showAsk(state) {
	const able = may && state && !state.paused ? state.cameras.filter(({ asks }) => asks === 'part') : [];
	const key = JSON.stringify([state?.station, able.map(({ id }) => id)]);
	if (key === shown) return;
	shown = key;
	byId('ask').hidden = able.length === 0;
	byId('ask-buttons').replaceChildren(...able.map(({ id }) => buttonOf(state.station, id, able.length > 1)));
}

function buttonOf(station, camera, isNamed) {
	const button = make('button', { type: 'button' }, isNamed ? `Inspect now: ${camera}` : 'Inspect now');
	button.addEventListener('click', async () => {
		button.disabled = true;
		say('');
		const refusal = await ask(station, camera);
		button.disabled = false;
		button.focus();
		if (refusal) say(refusal);
	});
	return button;
}

/** The part itself comes with the news. @returns why there is none */
async function ask(station, camera) {
	const path = `/stations/${encodeURIComponent(station)}/trigger?camera=${encodeURIComponent(camera)}`;
	try {
		const answer = await fetch(path, { method: 'POST' });
		return answer.ok ? undefined : (await answer.json()).error.message;
	} catch {
		return 'The station did not answer. Try again when the page is live.';
	}
}

function say(text) {
	setText(byId('ask-answer'), text);
	const at = ++saidAt;
	if (text) setTimeout(() => at === saidAt && setText(byId('ask-answer'), ''), SAID_MS);
}
