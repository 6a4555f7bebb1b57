/** Tensors that a model keeps in files beside it, as exporters write large ones: read in, so that a graph is whole. */
import { AndonError, messageOf } from '../../base/errors.ts';
import type { OnnxEntry, OnnxTensor } from './onnx-schema.ts';

/** The bytes of a file beside the model, by the name that the model has for it. */
export type ReadExternal = (location: string) => Uint8Array;

/**
 * The tensor with its numbers inside. Source: ONNX, docs/ExternalData.md: `location`, `offset`, `length`.
 *
 * @throws MODEL_UNREADABLE when the file beside the model is missing or shorter than the model says
 */
export function inlineExternal(proto: OnnxTensor, read: ReadExternal): OnnxTensor {
	if (proto.data_location !== 1) return proto;
	const facts = new Map((proto.external_data ?? []).map(({ key, value }: OnnxEntry) => [key, value ?? '']));
	const location = facts.get('location') ?? '';
	const file = readOr(read, location, proto.name);
	const offset = Number(facts.get('offset') ?? 0);
	const end = facts.has('length') ? offset + Number(facts.get('length')) : file.length;
	if (!(offset >= 0 && offset <= end && end <= file.length))
		throw unreadable(proto.name, `bytes ${offset} to ${end} of ${file.length} in ${location}`);
	const { external_data: _data, data_location: _location, ...rest } = proto;
	return { ...rest, raw_data: file.subarray(offset, end) };
}

function readOr(read: ReadExternal, location: string, name: string | undefined): Uint8Array {
	// The standard wants a path inside the model's folder; anything else could read any file of the host.
	if (location === '' || /^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/.test(location))
		throw unreadable(name, `the path "${location}", which leaves the model's folder`);
	try {
		return read(location);
	} catch (cause) {
		throw unreadable(name, `${location}: ${messageOf(cause)}`, cause);
	}
}

function unreadable(name: string | undefined, found: string, cause?: unknown): AndonError {
	return new AndonError(
		'MODEL_UNREADABLE',
		{
			expected: `the data of tensor '${name ?? ''}' in a file beside the model`,
			found,
			fix: 'Copy the data file along with the model, or save the model as one file.',
		},
		{ cause },
	);
}
