/** The names under which a request reached this host. */

export const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '::1'];

/** Of a Host header: without the port, in lower case. */
export function hostName(host: string | undefined): string {
	return (host ?? '')
		.toLowerCase()
		.replace(/:\d+$/, '')
		.replace(/^\[(.*)\]$/, '$1');
}
