/** Golden parts on the page: whether the last run passed and why not, what comes next, what to present now. */
import { byId, setText } from './dom.js';
import { clock, percent, plural } from './words.js';

export function showGolden(golden) {
	const { level, sentence, detail } = wordsOf(golden);
	byId('golden').dataset.level = level;
	setText(byId('golden'), sentence);
	byId('golden').title = detail;
	setText(byId('golden-detail'), detail);
	// While all is well one line is enough.
	byId('golden-detail').hidden = level === 'good' || level === 'unknown';
}

function wordsOf({ set, last, running, next, standing, hold, fault }) {
	const coming = comingOf(next);
	if (running) return { level: 'unknown', ...progress(running) };
	if (fault) return { level: 'bad', sentence: 'There are no golden parts to check the station with.', detail: fault };
	if (!last) {
		const enrolled = set
			? `${plural(set.parts, 'golden part')} enrolled, not inspected yet.`
			: 'No golden parts are enrolled.';
		return { level: 'unknown', sentence: enrolled, detail: coming };
	}
	const when = `${last.mode === 'presented' ? 'Presented' : 'Injected'} at ${clock(last.end)}`;
	if (last.passed) {
		const found = last.recall === undefined ? '' : `, recall ${percent(last.recall)}`;
		const sentence = `${plural(last.parts, 'golden part')} passed${found}.`;
		const detail = [`${when}.`, standingOf(standing), heldBy(hold), coming].filter(Boolean).join(' ');
		return { level: standing || hold ? 'warn' : 'good', sentence, detail };
	}
	const detail = [`${when}: ${last.why.join('; ')}.`, ...last.hints, heldBy(hold)].filter(Boolean).join(' ');
	return { level: 'bad', sentence: 'The last golden run failed.', detail };
}

function progress({ mode, camera, done, of, waitingFor }) {
	return {
		sentence: waitingFor ? `Present ${waitingFor} to ${camera}.` : `Golden parts are ${mode}: ${done} of ${of}.`,
		detail: waitingFor ? `${done} of ${of} done; these parts are not counted.` : '',
	};
}

/** A failure that this pass says nothing about. */
function standingOf(standing) {
	if (!standing) return '';
	return `But ${standing.mode} parts failed at ${clock(standing.end)}: ${standing.why.join('; ')}. Present all of them again.`;
}

function heldBy(hold) {
	return hold ? `Every part is held for a person since ${clock(hold.since)}.` : '';
}

function comingOf(next) {
	if (!next) return '';
	const ways = [
		next.inParts === undefined ? '' : `in ${plural(next.inParts, 'part')}`,
		next.at === undefined ? '' : `at ${clock(next.at)}`,
	].filter(Boolean);
	return `Next ${ways.join(' or ')}.`;
}
