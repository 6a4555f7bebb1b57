/** The page: one stream of news in, a picture of the line out. */
import { learnRights, showAsk } from './ask.js';
import { draw as drawChart, openChart, showChart } from './chart.js';
import { connect } from './connection.js';
import { byId, setText } from './dom.js';
import { lamp, showState, showStats } from './figures.js';
import { showNoPicture, showPicture } from './frame.js';
import { drawCalibration, setCalibration, showHalt, showJudgement, showThreshold } from './judgement.js';
import { showSaid, takeLabels } from './labels.js';
import { openStrip, showLastFlagged, showStrip } from './strip.js';
import { openWhatIf } from './what-if.js';
import { clock, halt, VERDICTS } from './words.js';

/** Records kept in the page. */
const KEPT = 600;
/** A part that does not pass stays in large at least this long: to be seen, and so that nothing flashes. */
const LINGER_MS = 900;
/** Parts come without pictures for this long before one is shown without. */
const PATIENCE_MS = 1500;

const records = new Map();
const pictures = new Set();
let state;
let live = false;
let lastFlagged;
let chosen;
let inLarge;
let inLargeAt = 0;
let announcedAt = 0;
let scheduled = false;

openChart(choose);
openStrip(choose, schedule);
openWhatIf();
byId('follow').addEventListener('click', () => choose(undefined));
document.addEventListener('keydown', ({ key }) => key === 'Escape' && choose(undefined));
for (const query of ['(prefers-color-scheme: dark)', '(resolution: 1dppx)'])
	matchMedia(query).addEventListener('change', redraw);
new ResizeObserver(redraw).observe(byId('chart'));
connect(
	{ state: takeState, stats: showStats, inspections: takeAll, labels: takeSaid, preview: takePreview },
	onConnection,
);

async function onConnection(isLive, since) {
	live = isLive;
	document.body.toggleAttribute('data-stale', !isLive);
	showFollow();
	if (!isLive) showAsk(undefined);
	if (isLive) {
		lamp('link-page', 'good', 'live');
		await load();
		return;
	}
	lamp('link-page', 'bad', 'reconnecting');
	byId('health').dataset.level = 'bad';
	setText(byId('health'), `The station has not answered since ${clock(since)}. Trying again; what you see is old.`);
}

/** What happened before this page was open, or while it was cut off. */
async function load() {
	const get = async (path) => (await fetch(path)).json();
	try {
		await learnRights();
		showAsk(state);
		const [recent, labels, kept, calibration] = await Promise.all(
			[`/api/inspections?limit=${KEPT}`, '/api/labels?limit=1000', '/api/previews', '/api/calibration'].map(get),
		);
		takeSaid(labels.reverse());
		for (const id of kept) pictures.add(id);
		setCalibration(calibration);
		takeAll(recent.reverse());
		const newest = recent.at(-1);
		if (newest && !inLarge) show(newest);
	} catch {
		// The station went away again; the connection says so and this runs anew when it is back.
	}
}

function takeState(next) {
	const changed = state?.status !== next.status;
	state = next;
	showState(next);
	showAsk(live ? next : undefined);
	if (!inLarge) showThreshold(next.operatingPoint.threshold);
	if (changed) showFollow();
}

function takeAll(inspections) {
	for (const inspection of inspections) take(inspection);
	const newest = inspections.at(-1);
	if (newest && (newest.verdict === 'not-inspected' || Date.now() - inLargeAt > PATIENCE_MS)) follow(newest);
	schedule();
}

function takeSaid(labels) {
	takeLabels(labels);
	showSaid(inLarge);
	schedule();
}

function take(inspection) {
	if (records.has(inspection.resultId)) return;
	records.set(inspection.resultId, inspection);
	if (inspection.verdict !== 'ok') {
		lastFlagged = inspection;
		announce(inspection);
	}
	if (records.size <= KEPT) return;
	const [oldest] = records.keys();
	records.delete(oldest);
	pictures.delete(oldest);
}

function takePreview({ inspection }) {
	pictures.add(inspection.resultId);
	take(inspection);
	follow(inspection);
	schedule();
}

/** Shows a part in large, unless somebody chose one, or one that did not pass is still fresh. */
function follow(inspection) {
	const lingers = inLarge && inLarge.verdict !== 'ok' && Date.now() - inLargeAt < LINGER_MS;
	if (chosen || (lingers && inspection.verdict === 'ok')) return;
	show(inspection);
}

function choose(inspection) {
	chosen = inspection;
	if (inspection) show(inspection);
	else if (records.size > 0) show([...records.values()].at(-1));
	showFollow();
	schedule();
}

/** Whether the large picture follows the line, and what stands there when there is nothing to follow. */
function showFollow() {
	const halted = halt(state, live, inLarge);
	byId('follow').hidden = !chosen;
	byId('live').hidden = Boolean(chosen || halted);
	if (chosen) return;
	if (halted) showHalt(halted);
	else if (inLarge) showJudgement(inLarge);
	else showHalt({ word: 'Waiting', detail: 'No part has been inspected yet' });
}

function show(inspection) {
	inLarge = inspection;
	inLargeAt = Date.now();
	showJudgement(inspection);
	showSaid(inspection);
	showFollow();
	if (pictures.has(inspection.resultId)) showPicture(inspection);
	else
		showNoPicture(
			inspection.verdict === 'not-inspected'
				? 'No picture: this part was not inspected.'
				: 'No picture was kept of this part.',
		);
}

/** Speaks of parts that do not pass, at most every five seconds. */
function announce({ verdict, partId }) {
	if (Date.now() - announcedAt < 5000) return;
	announcedAt = Date.now();
	setText(byId('announce'), `${VERDICTS[verdict].word}: part ${partId}`);
}

function schedule() {
	if (scheduled) return;
	scheduled = true;
	requestAnimationFrame(() => {
		scheduled = false;
		const all = [...records.values()];
		showChart(all);
		showStrip(all, pictures, chosen?.resultId);
		if (lastFlagged) showLastFlagged(lastFlagged, pictures.has(lastFlagged.resultId), choose);
	});
}

function redraw() {
	drawChart();
	drawCalibration();
}
