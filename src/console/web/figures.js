/** The header's lamps and the column of figures. */
import { byId, make, setText, verdictIcon } from './dom.js';
import { showGolden } from './golden.js';
import {
	audit,
	drift,
	health,
	iou,
	milliseconds,
	number,
	percent,
	promise,
	recipe,
	recipes,
	rulesInForce,
	truth,
	VERDICTS,
} from './words.js';

const LINE = {
	starting: ['unknown', 'starting'],
	running: ['good', 'running'],
	paused: ['warn', 'paused'],
	degraded: ['warn', 'running, with a fault'],
	faulted: ['bad', 'not inspecting'],
	stopped: ['bad', 'stopped'],
};
const BROKER = { connecting: ['warn', 'connecting'], connected: ['good', 'connected'], offline: ['bad', 'offline'] };
const counts = openCounts();

export function showState(state) {
	setText(byId('station'), state.station);
	setText(byId('recipe'), recipe(state));
	byId('recipe').title = recipes(state);
	lamp('link-line', ...lineOf(state));
	const waiting = state.outbox.pending > 0 ? `, ${number(state.outbox.pending)} waiting` : '';
	const [level, word] = BROKER[state.broker.status];
	lamp('link-broker', level, word + waiting);
	const { level: healthLevel, text } = health(state);
	byId('health').dataset.level = healthLevel;
	setText(byId('health'), text);
	byId('health').title = text;
	showCounts(state.counters);
	const { sentence, detail } = promise(state.operatingPoint, state.precision, state.promiseVoid);
	setText(byId('promise'), sentence);
	setText(byId('promise-detail'), [detail, rulesInForce(state.rules)].filter(Boolean).join(' '));
	byId('promise').toggleAttribute('data-void', Boolean(state.promiseVoid));
	byId('promise').title = drift(state.drift);
	showGolden(state.golden);
	setText(byId('provider'), `${(state.provider ?? 'not known yet').toUpperCase()}, ${state.precision}`);
	byId('provider').title = `${state.precision}: ${state.precisionReason}`;
}

/** Some cameras may inspect while others do not. */
function lineOf({ status, cameras }) {
	const blind = cameras.filter((camera) => camera.status === 'restarting' || camera.fault?.blind).length;
	if (status === 'faulted' && blind < cameras.length && blind > 0)
		return ['bad', `${blind} of ${cameras.length} cameras not inspecting`];
	return LINE[status];
}

export function showStats(stats) {
	setText(byId('p50'), milliseconds(stats.latencyMs.processing?.p50));
	setText(byId('p99'), milliseconds(stats.latencyMs.processing?.p99));
	setText(byId('rate'), stats.partsPerSecond === undefined ? '—' : stats.partsPerSecond.toFixed(1));
	showIou('expected-iou', stats.expectedIou);
	for (const [source, measured] of Object.entries(stats.measuredIou)) showIou(`measured-iou-${source}`, measured);
	byId('simulated-iou').classList.toggle('unused', stats.measuredIou.simulated.n === 0);
	byId('expected-iou').title = corrected(stats.expectedIou);
	setText(byId('truth'), truth(stats.confusion));
	setText(byId('audit'), audit(stats.feedback));
}

export function lamp(id, state, text) {
	byId(id).dataset.state = state;
	setText(byId(id).querySelector('dd'), text);
}

function showIou(id, measured) {
	const { value, n } = iou(measured);
	const text = `${value} ${n}`;
	if (byId(id).textContent !== text) byId(id).replaceChildren(`${value} `, make('span', { className: 'n' }, n));
}

function corrected({ n, corrected }) {
	if (n === 0) return '';
	return corrected
		? 'Corrected by the bundle to agree with what was measured in training'
		: 'Straight from the model, which is often too sure: the bundle holds no correction';
}

function openCounts() {
	return Object.entries(VERDICTS).map(([verdict, { word, counter }]) => {
		const value = make('dd', {}, '0');
		const share = make('dd', { className: 'share' }, '');
		const row = make('div', {}, verdictIcon(verdict), make('dt', {}, word), value, share);
		row.dataset.verdict = verdict;
		byId('counts').append(row);
		return { counter, value, share, bar: document.querySelector(`#stack [data-verdict="${verdict}"]`) };
	});
}

function showCounts(counters) {
	setText(byId('parts'), number(counters.parts));
	for (const { counter, value, share, bar } of counts) {
		const part = counters.parts > 0 ? counters[counter] / counters.parts : 0;
		setText(value, number(counters[counter]));
		setText(share, counters.parts > 0 ? percent(part) : '');
		bar.style.setProperty('--share', String(part));
	}
}
