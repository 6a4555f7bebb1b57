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
		sentence: 'Void: no recall is promised at present.',
		detail: `${promiseVoid.join(' ')} Parts that score ${score(point.threshold)} or more are flagged.`,
	};
}

function promised(point, runningPrecision) {
	if (point.method !== 'guaranteed-recall' || point.recall === undefined)
		return {
			sentence: 'Set by hand. No recall is promised.',
			detail: [`Parts that score ${score(point.threshold)} or more are flagged.`, falseRejects(point.falseRejects)]
				.filter(Boolean)
				.join(' '),
		};
	const sentence = `Catches at least ${percent(point.recall)} of defective parts, with ${percent(point.confidence ?? 0)} confidence.`;
	const basis = `Certified on ${plural(point.n ?? 0, 'defective part')}, ${misses(point.toleratedMisses ?? 0)} (${point.precision}).`;
	const foreign = runningPrecision && runningPrecision !== point.precision;
	return {
		sentence: foreign ? `Not valid here: certified for ${point.precision}, running ${runningPrecision}.` : sentence,
		detail: [basis, falseRejects(point.falseRejects)].filter(Boolean).join(' '),
	};
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
	return `${plural(parts, 'part')} looked ${than}. At most one false alarm in ${number(falseAlarmParts)} parts.`;
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

/** The station's state in one line, worst thing first. */
export function health(state) {
	const fault = state.fault ?? state.cameras.find((camera) => camera.fault)?.fault ?? state.broker.fault;
	if (state.status === 'faulted' || state.status === 'stopped')
		return { level: 'bad', text: fault ? fault.message : `The station has ${state.status}.` };
	if (state.paused || state.status === 'paused')
		return { level: 'warn', text: 'Paused: parts that pass now are not inspected.' };
	if (fault) return { level: 'warn', text: fault.message };
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
	if (!word) return undefined;
	return {
		word,
		detail: last ? `Last part: ${last.partId}, ${VERDICTS[last.verdict].word} at ${clock(last.times.end)}` : '',
	};
}
