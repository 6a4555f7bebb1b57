/** Everything that a station needs from its host, looked at without disturbing a running station. */
import type { Provider } from '../../inference/providers.ts';
import { checkHost } from './check-host.ts';
import { checkProviders } from './check-providers.ts';
import { checkStation } from './check-station.ts';
import type { Finding } from './finding.ts';
import type { HostProfile } from './host-profile.ts';

/** @param stationFiles station.yaml files whose bundle, broker, disk and provider are looked at as well */
export async function examineHost(profile: HostProfile, stationFiles: readonly string[]): Promise<Finding[]> {
	const stations = await Promise.all(stationFiles.map(checkStation));
	const configured = stations.flatMap(({ config }) => (config ? [config.provider] : []));
	// Of a list one is enough; whether there is one is found out with the model.
	const needed: readonly Provider[] =
		configured.length > 0 ? configured.filter((provider) => typeof provider === 'string') : ['cpu'];
	return [
		runtime(),
		...(await checkProviders(needed)),
		...stations.flatMap(({ findings }) => findings),
		...(await checkHost(profile)),
	];
}

function runtime(): Finding {
	return { name: 'node', status: 'ok', found: `${process.version}, ${process.platform} ${process.arch}` };
}
