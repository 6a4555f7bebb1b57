/** A loaded ONNX model on one execution provider: the only place that opens ONNX Runtime sessions. */
import './without-telemetry.ts';
import { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { AndonError, messageOf } from '../base/errors.ts';
import { type Provider, SESSION_PROVIDERS } from './providers.ts';

export interface ModelOptions {
	/** ONNX Runtime execution provider; there is no silent fall-back to another. */
	readonly provider?: Provider;
	/** Threads inside one operator; 0 lets ONNX Runtime choose. */
	readonly threads?: number;
	/** Where ONNX Runtime writes the graph it really runs (for the quantization audit). */
	readonly optimizedModelPath?: string;
	/** How far ONNX Runtime may rewrite the graph; `extended` keeps the memory layout (default `all`). */
	readonly optimization?: 'disabled' | 'extended' | 'all';
	/** Where a profile is written (a file-name prefix). */
	readonly profilePrefix?: string;
	/** Whether idle threads spin, which answers sooner and burns a core (default true). */
	readonly spinning?: boolean;
	/** Whether later runs lay out all memory as the first one used it; the first one's own memory is kept beside it (default true). */
	readonly memoryPattern?: boolean;
}

export interface Model {
	readonly inputNames: readonly string[];
	readonly outputNames: readonly string[];
	readonly provider: string;
	/**
	 * Runs once. Feeds and results are ONNX Runtime tensors; a feed may alias a JavaScript typed array.
	 *
	 * @param outputs names (default: all), or tensors by name that the results are written into
	 */
	run(
		feeds: Record<string, Tensor>,
		outputs?: readonly string[] | Record<string, Tensor>,
	): Promise<Record<string, Tensor>>;
	/** Ends profiling, if it was on. */
	endProfiling(): void;
	close(): Promise<void>;
}

export { Tensor };

/** Execution providers that this build of ONNX Runtime lists, which proves nothing: only running on one does. */
export function listedProviders(): readonly string[] {
	return listSupportedBackends().map(({ name }) => name);
}

/** Of ONNX Runtime. */
export const RUNTIME_VERSION: string = env.versions.node ?? env.versions.common;

/**
 * Opens a model.
 *
 * @param source ONNX bytes or a path
 * @throws MODEL_UNREADABLE when ONNX Runtime refuses the file, PROVIDER_UNAVAILABLE when the provider is not there
 */
export async function openModel(source: Uint8Array | string, options: ModelOptions = {}): Promise<Model> {
	const provider = options.provider ?? 'cpu';
	const session = await createSession(source, provider, options);
	return {
		inputNames: session.inputNames,
		outputNames: session.outputNames,
		provider,
		async run(feeds, outputs) {
			try {
				return (await session.run(feeds, (outputs ?? session.outputNames) as readonly string[])) as Record<
					string,
					Tensor
				>;
			} catch (cause) {
				throw new AndonError(
					'MODEL_FAILED',
					{
						expected: `inputs ${session.inputNames.join(', ')} of the shapes the model was made for`,
						found: messageOf(cause),
						fix: 'Check the input size and type against the model, or open another model.',
					},
					{ cause },
				);
			}
		},
		endProfiling: () => session.endProfiling(),
		close: () => session.release(),
	};
}

async function createSession(source: Uint8Array | string, provider: Provider, options: ModelOptions) {
	const settings: InferenceSession.SessionOptions = {
		executionProviders: [...SESSION_PROVIDERS[provider]],
		graphOptimizationLevel: options.optimization ?? 'all',
		intraOpNumThreads: options.threads ?? 0,
		interOpNumThreads: 1,
		enableMemPattern: options.memoryPattern ?? true,
		logSeverityLevel: 3,
		...(options.optimizedModelPath ? { optimizedModelFilePath: options.optimizedModelPath } : {}),
		...(options.profilePrefix ? { enableProfiling: true, profileFilePrefix: options.profilePrefix } : {}),
		...(options.spinning === false ? { extra: { session: { intra_op: { allow_spinning: '0' } } } } : {}),
	};
	try {
		return await (typeof source === 'string'
			? InferenceSession.create(source, settings)
			: InferenceSession.create(source, settings));
	} catch (cause) {
		const message = messageOf(cause);
		if (provider !== 'cpu' && ABOUT_PROVIDER.test(message))
			throw new AndonError(
				'PROVIDER_UNAVAILABLE',
				{
					expected: `the ${provider} execution provider`,
					found: firstLineOf(message),
					fix: 'Run `andon doctor` to see which providers work on this host, or choose `cpu`.',
				},
				{ cause },
			);
		throw new AndonError(
			'MODEL_UNREADABLE',
			{
				expected: 'a valid ONNX model',
				found: `${typeof source === 'string' ? `${source}: ` : ''}${message}`,
				fix: 'Export the model again, or check that the file is complete.',
			},
			{ cause },
		);
	}
}

/** What ONNX Runtime says when a provider, its libraries or its device are not there, as far as it was seen. */
const ABOUT_PROVIDER =
	/backend not found|execution ?provider|not available|provider_|core\/providers\/|shared library|adapter/i;

/** Without the place in ONNX Runtime's source, which some messages begin with. */
function firstLineOf(message: string): string {
	const line = message.trim().split('\n')[0];
	return /^\/\S+onnxruntime\S* .* was false\. (?<said>.+)$/.exec(line)?.groups?.said ?? line;
}
