/** The best settings that a budget finds, and the bundle of their network. */
import { expectCertifiable } from '../choose-operating-point.ts';
import { expectFreeFolder } from '../expect-free-folder.ts';
import { loadSplits } from '../load-splits.ts';
import { type TrainResult, train } from '../train.ts';
import { trainRequestOf } from '../trials/run-trial.ts';
import { type SearchRequest, type SearchResult, search } from './search.ts';

export interface SearchedResult extends TrainResult {
	readonly search: SearchResult;
}

/**
 * Searches on `train` and `val`; the winner's network is then quantized, certified and quoted on `test`, which nothing
 * has seen before.
 *
 * @throws what `search` and `train` throw; what can be refused is refused before the search
 */
export async function searchAndTrain(request: SearchRequest): Promise<SearchedResult> {
	const { dataset, options, out, name } = request;
	expectCertifiable(dataset, options);
	await expectFreeFolder(request);
	request.onStage?.('reading images');
	const splits = await loadSplits(dataset, options);
	request.onStage?.('searching');
	const found = await search(request, splits);
	// The winner's last run is finished: its checkpoint has the weights.
	const last = trainRequestOf(found.winner);
	const result = await train({ ...request, ...last, out, name });
	return { ...result, search: found.search };
}
