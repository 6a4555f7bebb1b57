/** `andon feedback`: what people say about inspected parts, what it proves, and how it becomes the next dataset. */
import { Command, Option } from 'commander';
import type { FeedbackAudit } from '../station/feedback/audit.ts';
import type { ListedPart } from '../station/feedback/list-parts.ts';
import type { Label } from '../station/station-view.ts';
import { perform, withJson } from './action.ts';
import { columns } from './columns.ts';
import { describeAudit } from './describe-audit.ts';
import { exportCommand } from './feedback-export.ts';
import { STORE, sourceOf } from './feedback-source.ts';
import { numberOption } from './number-option.ts';

export function feedbackCommand(): Command {
	return new Command('feedback')
		.description("people's labels of inspected parts: list, add, audit the threshold, export as a dataset")
		.addCommand(listCommand())
		.addCommand(labelCommand())
		.addCommand(auditCommand())
		.addCommand(exportCommand());
}

interface ListFlags {
	readonly waiting?: boolean;
	readonly result?: string;
	readonly limit: number;
	readonly json?: boolean;
}

function listCommand(): Command {
	return withJson(new Command('list').argument(STORE, 'of a station that runs or not'))
		.description('the labels in force, newest first; or the parts that wait for one')
		.option('--waiting', 'parts drawn by lot since the threshold was set and not labelled yet')
		.option('--result <id>', 'every label that a result ever had')
		.option('--limit <n>', 'so many at most', numberOption, 50)
		.addHelpText(
			'after',
			'\nExamples:\n  andon feedback list station.yaml\n  andon feedback list station.yaml --waiting',
		)
		.action((source: string, flags: ListFlags) => perform(flags, () => list(source, flags), describeList));
}

interface LabelFlags {
	readonly result?: string;
	readonly part?: string;
	readonly defective?: boolean;
	readonly sound?: boolean;
	readonly class?: string;
	readonly mask?: string;
	readonly by?: string;
	readonly reason?: string;
	readonly json?: boolean;
}

function labelCommand(): Command {
	return withJson(new Command('label').argument(STORE, 'the file, so that a running station can be told'))
		.description('say that a part is defective or sound; the record stays, the label stands beside it')
		.addOption(new Option('--result <id>', 'the result').conflicts('part'))
		.option('--part <id>', 'the part, where it has one result')
		.addOption(new Option('--defective', 'it is').conflicts('sound'))
		.option('--sound', 'nothing is wrong with it')
		.option('--class <name>', 'what is wrong with it')
		.option('--mask <png>', 'a small picture over the whole image, white where the defect is')
		.option('--by <name>', 'who says so (default: the user of this system)')
		.option('--reason <text>', 'why')
		.addHelpText(
			'after',
			'\nExamples:\n  andon feedback label station.yaml --result line-0001ab-cam-7 --defective --class scratch --by ada\n  andon feedback label station.yaml --part 4711 --sound',
		)
		.action((source: string, flags: LabelFlags) => perform(flags, () => label(source, flags), describeLabel));
}

interface AuditFlags {
	readonly confidence: number;
	readonly json?: boolean;
}

function auditCommand(): Command {
	return withJson(new Command('audit').argument(STORE, 'of a station that runs or not'))
		.description('what the labels prove about the threshold that runs, since it was set')
		.option('--confidence <share>', 'of each statement', numberOption, 0.95)
		.addHelpText('after', '\nExample:\n  andon feedback audit station.yaml --json')
		.action((source: string, flags: AuditFlags) => perform(flags, () => audit(source, flags), describeAudit));
}

async function list(path: string, { waiting, result, limit }: ListFlags): Promise<readonly ListedPart[]> {
	const { readStore } = await import('../station/store/read-store.ts');
	const { listLabelled, listWaiting, listHistory } = await import('../station/feedback/list-parts.ts');
	const { store } = await sourceOf(path);
	const reader = readStore(store);
	try {
		if (result !== undefined) return listHistory(reader, store, result);
		return waiting ? listWaiting(reader, store, limit) : listLabelled(reader, store, limit);
	} finally {
		reader.close();
	}
}

async function label(path: string, flags: LabelFlags): Promise<Label> {
	const { userInfo } = await import('node:os');
	const { readFile } = await import('node:fs/promises');
	const { AndonError } = await import('../base/errors.ts');
	const { labelStore } = await import('../station/feedback/label-store.ts');
	const { sendCommand } = await import('./send-command.ts');
	const {
		result: resultId,
		part: partId,
		defective,
		sound,
		class: name,
		mask,
		by = userInfo().username,
		reason,
	} = flags;
	if (!defective && !sound)
		throw new AndonError('USAGE', { expected: '--defective or --sound', found: 'neither', fix: 'Say which it is.' });
	const png =
		mask === undefined
			? undefined
			: await readFile(mask, 'base64').catch((cause) => {
					throw new AndonError(
						'FILE_UNREADABLE',
						{ expected: `a picture ${mask}`, found: String(cause), fix: 'Check the path.' },
						{ cause },
					);
				});
	const args = { resultId, partId, defective: defective === true, class: name, mask: png };
	const { store, config } = await sourceOf(path);
	const stored = await labelStore(store, args, { who: by, source: 'cli', reason });
	if (stored) return stored;
	if (config) return (await sendCommand(config, 'label', { ...args, by, reason })).label!;
	throw new AndonError('USAGE', {
		expected: 'the file of the station, because it runs and only it may write its store',
		found: `only the store ${store}`,
		fix: 'Name station.yaml instead: the label then goes over MQTT.',
	});
}

async function audit(path: string, { confidence }: AuditFlags): Promise<FeedbackAudit> {
	const { AndonError } = await import('../base/errors.ts');
	const { auditStore } = await import('../station/feedback/audit.ts');
	const { readStore } = await import('../station/store/read-store.ts');
	if (!(confidence > 0 && confidence < 1))
		throw new AndonError('USAGE', {
			expected: 'a --confidence between 0 and 1',
			found: String(confidence),
			fix: 'Ask for 0.95, say.',
		});
	const reader = readStore((await sourceOf(path)).store);
	try {
		return auditStore(reader, confidence);
	} finally {
		reader.close();
	}
}

function describeList(parts: readonly ListedPart[]): string {
	if (parts.length === 0) return 'none';
	return columns(
		['result', 'part', 'verdict', 'score', 'label', 'by', 'picture'],
		parts.map(({ resultId, partId, verdict, score, label, frame }) => [
			resultId,
			partId,
			verdict,
			score === undefined ? '' : score.toFixed(3),
			label ? wordsOf(label) : 'none yet',
			label ? `${label.who}, ${label.at}` : '',
			frame ?? '',
		]),
	);
}

function describeLabel(label: Label): string {
	return `${label.resultId}: ${wordsOf(label)}, says ${label.who}`;
}

function wordsOf({ defective, class: name, hasMask }: Label): string {
	return `${defective ? (name ?? 'defective') : 'sound'}${hasMask ? ', with mask' : ''}`;
}
