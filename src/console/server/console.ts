/** The console's HTTP server: a page, the station's public data and a stream of what happens; beside reading, parts can be asked for. */
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AndonError, messageOf } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import type { StationView } from '../../station/station-view.ts';
import { openAccess } from './access.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { guard } from './guard.ts';
import { LOOPBACK } from './hosts.ts';
import { addPartRoutes, PART_ROUTES } from './part-routes.ts';
import { keepPreviews, type PreviewShelf } from './preview-shelf.ts';

export interface ConsoleOptions {
	/** Where to listen; loopback unless said otherwise. */
	readonly host?: string;
	/** 0 takes any free port. */
	readonly port?: number;
	/** Host names under which the page may be asked for, besides loopback; needed when `host` is not loopback. */
	readonly allowedHosts?: readonly string[];
	/** File with the token that whoever asks for parts must send; without it only programs on this host may. */
	readonly tokenFile?: string;
}

export interface Console {
	/** Where the page is, such as `http://127.0.0.1:8080`. */
	readonly url: string;
	/** Ends every stream and stops listening. */
	close(): Promise<void>;
}

const WEB = fileURLToPath(new URL('../web/', import.meta.url));

/**
 * Serves a station's page until closed.
 *
 * Nothing here changes how the station judges: such commands need accounts and roles first, until then they go through MQTT.
 *
 * @throws CONFIG_INVALID when it would listen beyond loopback for unnamed hosts or the token is too short, FILE_UNREADABLE,
 *   PORT_UNAVAILABLE when it cannot listen
 */
export async function openConsole(view: StationView, options: ConsoleOptions = {}): Promise<Console> {
	const { host = '127.0.0.1', port = 8080, allowedHosts = [], tokenFile } = options;
	requireNamedHosts(host, allowedHosts);
	const access = await openAccess(tokenFile);
	const server = Fastify({ bodyLimit: 1024, requestTimeout: 10_000, forceCloseConnections: true });
	server.server.maxConnections = 256;
	guard(server, [...LOOPBACK, ...allowedHosts], PART_ROUTES);
	const previews = keepPreviews(view.events);
	const stream = openEventStream(view);
	addRoutes(server, view, previews, stream);
	addPartRoutes(server, view, access);
	const release = async () => {
		stream.close();
		previews.close();
		await server.close();
	};
	try {
		await server.listen({ host, port });
	} catch (cause) {
		await release();
		throw cannotListen(host, port, cause);
	}
	const { port: bound } = server.server.address() as { port: number };
	return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close: release };
}

function addRoutes(server: FastifyInstance, view: StationView, previews: PreviewShelf, stream: EventStream) {
	server.register(fastifyStatic, { root: WEB, index: 'index.html', cacheControl: false, dotfiles: 'ignore' });
	server.get('/health', (_request, reply) => {
		const { status } = view.state();
		return reply.code(status === 'faulted' || status === 'stopped' ? 503 : 200).send({ status });
	});
	server.get('/metrics', async (_request, reply) => {
		const { contentType, text } = await view.metrics();
		return reply.type(contentType).send(text);
	});
	server.get('/api/state', () => view.state());
	server.get('/api/stats', () => view.stats());
	server.get('/api/calibration', () => view.calibrationScores() ?? { defective: [], sound: [] });
	server.get('/api/what-if', (request) => {
		const { threshold } = parseWith(whatIfQuery, request.query, 'the query', 'USAGE');
		return view.whatIf(threshold);
	});
	server.get('/api/inspections', (request) => {
		const { limit } = parseWith(inspectionsQuery, request.query, 'the query', 'USAGE');
		return view.recent(limit);
	});
	server.get('/api/labels', (request) => {
		const { limit } = parseWith(inspectionsQuery, request.query, 'the query', 'USAGE');
		return view.labels(limit);
	});
	server.get('/api/previews', () => previews.ids());
	server.get<{ Params: { resultId: string } }>('/api/previews/:resultId', (request, reply) => {
		const jpeg = previews.find(request.params.resultId);
		if (!jpeg) return reply.code(404).send({ error: { code: 'NOT_FOUND', message: 'That picture is no longer kept' } });
		return reply.type('image/jpeg').header('cache-control', 'private, max-age=3600, immutable').send(jpeg);
	});
	server.get('/events', (_request, reply) => stream.add(reply));
}

const whatIfQuery = z.strictObject({ threshold: z.coerce.number().min(0).max(1) });

const inspectionsQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) });

function requireNamedHosts(host: string, allowedHosts: readonly string[]) {
	if (LOOPBACK.includes(host) || allowedHosts.length > 0) return;
	throw new AndonError('CONFIG_INVALID', {
		expected: 'the console on loopback, or a list of the host names it may be reached under',
		found: `host ${host} and no allowed hosts`,
		fix: 'Listen on 127.0.0.1, or name the allowed hosts; the page has no login yet, so keep it inside a trusted network.',
	});
}

function cannotListen(host: string, port: number, cause: unknown) {
	return new AndonError(
		'PORT_UNAVAILABLE',
		{
			expected: `to serve the console on ${host}:${port}`,
			found: messageOf(cause),
			fix: 'Stop what is using the port, or choose another one.',
		},
		{ cause },
	);
}
