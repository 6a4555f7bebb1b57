/** The station's data in a technician's words; pure functions. */

/** Verdicts in the order in which they are listed, with their words. */
export const VERDICTS = {
	ok: { word: 'OK', counter: 'ok' },
	defect: { word: 'Defect', counter: 'defect' },
	review: { word: 'Review', counter: 'review' },
	'not-inspected': { word: 'Not inspected', counter: 'notInspected' },
};

/** A rate in [0,1] as per cent with as many digits as it deserves: 98 %, 1.2 %, 99.5 %. */
export function percent(rate, digits = 1) {
	return `${Number((rate * 100).toFixed(digits))} %`;
}

export function number(value) {
	return value.toLocaleString('en-GB').replaceAll(',', '\u202f');
}

export function score(value) {
	return value === undefined ? '—' : value.toFixed(3);
}

export function milliseconds(value) {
	if (value === undefined) return '—';
	return `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function clock(iso) {
	return new Date(iso).toLocaleTimeString('en-GB');
}

export function plural(n, one, many = `${one}s`) {
	return `${number(n)} ${n === 1 ? one : many}`;
}

/** What the operating point promises: a sentence and its small print. */
export function promise(point, runningPrecision, promiseVoid) {
	if (!promiseVoid) return promised(point, runningPrecision);
	return {
		sentence: 'Void: nothing is promised at present.',
		detail: `${promiseVoid.join(' ')} Parts that score ${score(point.threshold)} or more are flagged.`,
	};
}

/** How a threshold without a promise of recall was chosen. */
const CHOSEN = {
	fixed: 'Set by hand.',
	'fixed-precision': 'Set for clean rejects.',
	'best-f1': 'Set for the best F1.',
	'cost-weighted': 'Set for the lowest cost.',
};

function promised(point, runningPrecision) {
	const { sentence, basis } = guaranteed(point);
	const flagged = basis ? '' : `Parts that score ${score(point.threshold)} or more are flagged.`;
	const foreign = basis && runningPrecision && runningPrecision !== point.precision;
	return {
		sentence: foreign ? `Not valid here: certified for ${point.precision}, running ${runningPrecision}.` : sentence,
		detail: [basis, flagged, found(point.measuredRecall), falseRejects(point.falseRejects)].filter(Boolean).join(' '),
	};
}

/** What is guaranteed and on what it rests; nothing rests on anything where nothing is. */
function guaranteed({ method, recall, confidence = 0, n = 0, toleratedMisses = 0, guarantees = [], precision }) {
	const classes = guarantees.filter(({ quantity }) => quantity === 'class-recall');
	const budget = guarantees.find(({ quantity }) => quantity === 'false-rejects');
	if (budget)
		return {
			sentence: `Rejects at most ${percent(budget.bound)} of sound parts, with ${percent(confidence)} confidence. No recall is promised.`,
			basis: `Certified on ${plural(budget.n, 'sound part')}, at most ${budget.tolerated} rejected (${precision}).`,
		};
	if (method !== 'guaranteed-recall' || recall === undefined)
		return { sentence: `${CHOSEN[method] ?? 'Chosen otherwise.'} No recall is promised.` };
	return {
		sentence: `Catches at least ${percent(recall)} of ${classes.length > 0 ? 'each kind of defect' : 'defective parts'}, with ${percent(confidence)} confidence.`,
		basis:
			classes.length > 0
				? `Certified on ${classes.map((of) => `${number(of.n)} ${of.class}`).join(', ')} (${precision}).`
				: `Certified on ${plural(n, 'defective part')}, ${misses(toleratedMisses)} (${precision}).`,
	};
}

function found(measured) {
	if (!measured) return '';
	const { rate, low, high, n } = measured;
	return `Found ${percent(rate)} of ${plural(n, 'defective part')} (95 % interval ${Number((low * 100).toFixed(1))}–${percent(high)}).`;
}

/** What another threshold would do, per 1,000 parts, with the intervals and the parts that say so. */
export function whatIf({ threshold, calibration, recorded }) {
	const { misses: passes, falseRejects: rejected } = calibration;
	const truths = [
		passes && `of 1,000 defective parts ${perThousand(passes)} pass`,
		rejected && `of 1,000 sound ones ${perThousand(rejected)} are rejected`,
	].filter(Boolean);
	const line =
		recorded.rejects &&
		`Of the last ${plural(recorded.rejects.n, 'part')} here: ${percent(recorded.rejects.rate)} rejected, ${percent(recorded.reviews.rate)} for review.`;
	return [`At ${score(threshold)} ${truths.join(', ') || 'nothing is known: no calibration parts'}.`, line]
		.filter(Boolean)
		.join(' ');
}

function perThousand({ rate, low, high, n }) {
	const of = (share) => Number((share * 1000).toPrecision(share * 1000 < 10 ? 2 : 3));
	return `${of(rate)} (${of(low)}–${of(high)}, n = ${number(n)})`;
}

/** Severity rules beside the threshold; they were not there when its false rejects were measured. */
export function rulesInForce(rules = []) {
	return rules.length === 0
		? ''
		: `Beside the threshold: ${rules.join('; ')}. The rejects that rules add are not in these figures.`;
}

function misses(tolerated) {
	return tolerated === 0 ? 'none missed' : `at most ${tolerated} missed`;
}

function falseRejects(measured) {
	if (!measured) return '';
	const { rate, low, high, n } = measured;
	return `Rejected ${percent(rate)} of ${plural(n, 'sound part')} (95 % interval ${Number((low * 100).toFixed(1))}–${percent(high)}).`;
}

/** Why a part got its verdict. */
export function reason(inspection) {
	const { verdict, defects, disposition } = inspection;
	if (verdict === 'not-inspected') return inspection.reason ?? 'The part could not be inspected.';
	if (inspection.why) return inspection.why;
	const where = defects.length > 0 ? ` ${plural(defects.length, 'place')} marked.` : '';
	if (verdict === 'review') return `Near the threshold: a person decides.${where}`;
	if (verdict === 'defect') return `At or above the threshold.${where}`;
	return disposition === 'reject' ? 'Below the threshold, but rejected.' : 'Below the threshold.';
}

/** What the drift watch sees, in one sentence. */
export function drift({ status, why, falseAlarmParts, cameras }) {
	if (status === 'off') return `Not watched: ${why}.`;
	const learning = cameras.find((camera) => camera.learning)?.learning;
	if (learning)
		return `Learning what parts look like here: ${number(learning.parts)} of ${plural(learning.of, 'part')}.`;
	const alarms = cameras.flatMap((camera) => camera.alarms);
	if (alarms.length > 0) return alarms.map((alarm) => alarm.message).join(' ');
	const parts = cameras.reduce((sum, camera) => sum + camera.parts, 0);
	const than = cameras.some((camera) => camera.reference === 'station')
		? 'as when this station learned'
		: 'as in calibration';
	const correlated = cameras.find((camera) => camera.correlated)?.correlated;
	const rate = correlated
		? `Neighbours resemble each other (${correlated.statistic}): false alarms come more often than stated; set drift.everyParts to ${number(correlated.everyParts)}.`
		: `At most one false alarm in ${number(falseAlarmParts)} parts.`;
	return `${plural(parts, 'part')} looked ${than}. ${rate}`;
}

/** A size with two digits, or whole from 100 on. */
function size(value) {
	return value >= 100 ? number(Math.round(value)) : String(Number(value.toPrecision(2)));
}

/** What a defect is and how large: class, area, length and certainty; in pixels where no scale is known. */
export function defectWords({ class: name, areaPx, areaMm2, lengthPx, lengthMm, peak }) {
	const area = areaMm2 === undefined ? `${number(areaPx)} px²` : `${size(areaMm2)} mm²`;
	const length = lengthMm === undefined ? lengthPx && `${size(lengthPx)} px long` : `${size(lengthMm)} mm long`;
	return { name: name ?? 'Defect', area, length: length ?? '', certainty: `${Math.round(peak * 100)} %` };
}

/** What is not in the list of defects, and how many there are. */
export function notListed({ unlistedDefects = 0, smallRegions = 0 }, hidden) {
	const more = hidden + unlistedDefects;
	return [
		more > 0 ? `${number(more)} more` : '',
		smallRegions > 0 ? `${number(smallRegions)} below the minimum size` : '',
	]
		.filter(Boolean)
		.join(', ');
}

/** How sure an IoU is known: a mean and its n, never one without the other. */
export function iou({ n, mean }) {
	return n === 0 || mean === undefined ? { value: '—', n: 'n = 0' } : { value: mean.toFixed(2), n: `n = ${number(n)}` };
}

/** Results against known truth, in one sentence. */
export function truth({ tp, fp, tn, fn }) {
	if (tp + fp + tn + fn === 0) return 'The truth of these parts is not known.';
	const caught =
		tp + fn === 0 ? 'No defective part yet' : `${number(tp)} of ${plural(tp + fn, 'defective part')} flagged`;
	const rejected = fp + tn === 0 ? 'no sound part yet' : `${number(fp)} of ${plural(fp + tn, 'sound part')} flagged`;
	return `${caught}; ${rejected}.`;
}

/** A person's label: a sentence, and when and why. */
export function said({ defective, class: name, who, at, reason, hasMask }) {
	const word = defective ? (name ?? 'defective') : 'sound';
	const detail = [`${clock(at)}, ${new Date(at).toLocaleDateString('en-GB')}`, reason, hasMask && 'with a mask'];
	return { sentence: `Labelled ${word} by ${who}`, detail: detail.filter(Boolean).join(' · ') };
}

/** What labels of parts that were drawn by lot prove about the threshold; empty before there is anything to say. */
export function audit(feedback) {
	if (!feedback) return '';
	const { drawn, recall, missed, confidence } = feedback;
	if (drawn.labelled + drawn.unlabelled === 0) return '';
	const waiting = drawn.unlabelled > 0 ? ` ${plural(drawn.unlabelled, 'drawn part')} still without a label.` : '';
	if (!recall) return `No drawn part is labelled defective yet.${waiting}`;
	const broken = recall.promise === 'broken' ? ' The promised recall is refuted.' : '';
	const proved = `recall of at least ${percent(recall.lowAtWorst)}, at most ${number(missed.atMost)} missed`;
	return `Labels prove, with ${percent(confidence)} confidence each: ${proved} since ${clock(feedback.since)}.${broken}${waiting}`;
}

/** What is in force, and how a candidate beside it does. */
export function recipe({ recipe: { id, version }, shadow }) {
	const name = `${id}, version ${version}`;
	if (!shadow) return name;
	const { candidate, scored, of, agree, moreDefects, fewerDefects } = shadow;
	const figures = `agrees on ${number(agree)} of ${number(scored)} (stops ${number(moreDefects)} more, passes ${number(fewerDefects)} more)`;
	return `${name} · candidate ${candidate.version} ${scored > 0 ? figures : `scored none of ${number(of)} yet`}`;
}

/** The recipes of the station, where there are several. */
export function recipes({ recipes: all = [] }) {
	if (all.length < 2) return '';
	return all
		.map(({ id, inForce, codes, fault }) => {
			const selected = codes.length > 0 ? ` (codes ${codes.join(', ')})` : '';
			return `${inForce ? '▸ ' : ''}${id}${selected}${fault ? `: ${fault}` : ''}`;
		})
		.join('\n');
}

/** The station's state in one line, worst thing first. */
export function health(state) {
	const text = state.fault?.message ?? cameraFaults(state.cameras) ?? state.broker.fault?.message;
	if (state.status === 'faulted' || state.status === 'stopped')
		return { level: 'bad', text: text ?? `The station has ${state.status}.` };
	if (state.paused || state.status === 'paused')
		return { level: 'warn', text: 'Paused: parts that pass now are not inspected.' };
	const undriven = state.outputs?.find(({ fault }) => fault);
	if (undriven) return { level: 'bad', text: `Output ${undriven.id}: ${undriven.fault.message}` };
	if (state.golden.hold) return { level: 'bad', text: `Every part is held for a person: ${state.golden.hold.why}` };
	if (text) return { level: 'warn', text };
	if (state.status === 'degraded' && state.promiseVoid) return { level: 'warn', text: state.promiseVoid.join(' ') };
	const restarting = state.cameras.find((camera) => camera.status === 'restarting');
	if (restarting) return { level: 'warn', text: `The inspector of ${restarting.id} is being restarted.` };
	if (state.broker.status === 'offline')
		return {
			level: 'warn',
			text: `The broker ${state.broker.url} cannot be reached; ${plural(state.outbox.pending, 'record')} wait safely on disk.`,
		};
	if (state.status === 'starting') return { level: 'unknown', text: 'The station is starting.' };
	return { level: 'good', text: calm(state) };
}

/** What is wrong with cameras, the blind ones first; undefined while nothing is. */
function cameraFaults(cameras) {
	const ill = cameras.filter(({ fault }) => fault);
	if (ill.length === 0) return undefined;
	const [worst, ...others] = [...ill].sort((a, b) => Number(isBlind(b)) - Number(isBlind(a)));
	const more = others.length > 0 ? ` Also look at ${others.map(({ id }) => id).join(', ')}.` : '';
	return `Camera ${worst.id}: ${worst.fault.message}${more}`;
}

function isBlind({ status, fault }) {
	return status === 'restarting' || Boolean(fault?.blind);
}

function calm(state) {
	const cameras = state.cameras.map(({ id, source }) => `${id} (${source})`).join(', ');
	const ended = state.cameras.length > 0 && state.cameras.every((camera) => camera.status === 'ended');
	const line = ended ? 'All parts of the source have been inspected' : `Inspecting since ${clock(state.startedAt)}`;
	return `${line} · ${cameras} · decisions go to ${state.broker.url}${state.broker.embedded ? ' (built-in broker)' : ''}`;
}

const HALTED = { paused: 'Paused', faulted: 'Not inspecting', stopped: 'Stopped', starting: 'Starting' };

/** What stands in large instead of a verdict while nothing is inspected; undefined while the line is watched. */
export function halt(state, isLive, last) {
	const word = isLive ? HALTED[state?.status] : 'No news';
	// One faulty camera does not keep the others from inspecting.
	const some = state?.status === 'faulted' && state.cameras.length > 1 && !state.cameras.every(isBlind);
	if (!word || (isLive && some)) return undefined;
	return {
		word,
		detail: last ? `Last part: ${last.partId}, ${VERDICTS[last.verdict].word} at ${clock(last.times.end)}` : '',
	};
}
