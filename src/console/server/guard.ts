/** What every answer of the console carries and what every request must satisfy. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../../base/error-codes.ts';
import { AndonError, messageOf } from '../../base/errors.ts';
import { hostName } from './hosts.ts';

/** The page is files of our own: no inline script or style, no other origin, no frame around it. */
const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self'",
	"connect-src 'self'",
	"manifest-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join('; ');

const HEADERS = {
	'content-security-policy': CONTENT_SECURITY_POLICY,
	'cross-origin-embedder-policy': 'require-corp',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'cache-control': 'no-store',
};

/**
 * Adds the checks and the headers.
 *
 * @param hosts names under which the console may be asked for; others are refused (DNS rebinding)
 * @param open routes that take POST; everything else is read only
 */
export function guard(server: FastifyInstance, hosts: readonly string[], open: readonly string[]): void {
	server.addHook('onRequest', async (request, reply) => {
		reply.headers(HEADERS);
		const refusal = refuse(request, hosts, open);
		if (refusal) return reply.code(refusal.status).send({ error: { code: refusal.code, message: refusal.message } });
	});
	server.setNotFoundHandler((request, reply) =>
		answer(reply, 404, 'NOT_FOUND', `There is nothing at ${request.url.slice(0, 100)}`),
	);
	server.setErrorHandler((error, _request, reply) => {
		if (error instanceof AndonError) {
			const status = STATUS[error.code] ?? 500;
			if (status === 429 || status === 503) reply.header('retry-after', '1');
			return reply.code(status).send({ error });
		}
		const status = (error as { statusCode?: number }).statusCode ?? 500;
		return answer(reply, status, status < 500 ? 'BAD_REQUEST' : 'INTERNAL', messageOf(error));
	});
}

/** Of errors that are not ours to mend. */
const STATUS: Partial<Record<ErrorCode, number>> = {
	USAGE: 400,
	CAMERA_TRIGGER_REFUSED: 409,
	LINE_PAUSED: 409,
	QUEUE_FULL: 429,
	INSPECTOR_LOST: 503,
	STORE_UNWRITABLE: 503,
};

function refuse(request: FastifyRequest, hosts: readonly string[], open: readonly string[]) {
	const { host, origin, 'sec-fetch-site': site } = request.headers;
	if (!hosts.includes(hostName(host)))
		return { status: 421, code: 'HOST_REFUSED', message: 'This name is not one the console may be reached under' };
	const foreign = (origin !== undefined && !sameOrigin(origin, host)) || site === 'cross-site' || site === 'same-site';
	if (foreign && site !== undefined && isNavigation(request)) return undefined;
	if (foreign) return { status: 403, code: 'ORIGIN_REFUSED', message: 'Requests from other pages are refused' };
	if (request.method === 'GET' || request.method === 'HEAD' || isOpen(request, open)) return undefined;
	return { status: 405, code: 'READ_ONLY', message: 'The console changes no settings; send commands over MQTT' };
}

function isOpen({ method, routeOptions }: FastifyRequest, open: readonly string[]) {
	return method === 'POST' && routeOptions.url !== undefined && open.includes(routeOptions.url);
}

/** A person may follow a link to the page from elsewhere; nothing else may be asked for from elsewhere. */
function isNavigation({ method, headers }: FastifyRequest) {
	return method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

function sameOrigin(origin: string, host: string | undefined) {
	return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

function answer(reply: FastifyReply, status: number, code: string, message: string) {
	return reply.code(status).send({ error: { code, message } });
}
