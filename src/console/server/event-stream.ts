/** What happens, as server-sent events: bounded per client, so that a slow page costs the line nothing. */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Inspection } from '../../station/inspection.ts';
import type { Label, Preview, StationView } from '../../station/station-view.ts';

export interface EventStream {
	/** Adds a client; answers 503 when there are too many. */
	add(reply: FastifyReply): FastifyReply;
	close(): void;
}

const MAX_CLIENTS = 32;
/** How often news is sent, and a sign of life when there is none. */
const TICK_MS = 100;
const BEAT_MS = 3000;
/** Inspections kept for one tick; a faster line shows its newest. */
const MAX_BATCH = 100;
const MAX_PREVIEWS = 16;

/**
 * Gathers events and sends them every 100 ms, each client the same bytes.
 *
 * Events: `state`, `stats` (newest wins), `inspections` and `labels` (lists, oldest first), `preview` (`{resultId, camera}`, the
 * picture is at `/api/previews/<resultId>`), `beat` (the server's time). A client that does not read misses ticks.
 */
export function openEventStream(view: StationView): EventStream {
	const clients = new Set<ServerResponse>();
	let news = emptyNews();
	let unwatch: (() => void) | undefined;
	let beatAt = 0;
	const onState = () => void (news.state = true);
	const onStats = () => void (news.stats = true);
	const onInspection = (inspection: Inspection) => {
		if (news.inspections.push(inspection) > MAX_BATCH) news.inspections.shift();
	};
	const onPreview = (preview: Preview) => {
		if (news.previews.push(preview) > MAX_PREVIEWS) news.previews.shift();
	};
	const onLabel = (label: Label) => {
		if (news.labels.push(label) > MAX_BATCH) news.labels.shift();
	};
	view.events.on('state', onState).on('stats', onStats).on('inspection', onInspection).on('preview', onPreview);
	view.events.on('label', onLabel);
	const timer = setInterval(tick, TICK_MS);
	timer.unref();

	function tick() {
		if (clients.size === 0) {
			news = emptyNews();
			return;
		}
		let text = describe(view, news);
		news = emptyNews();
		const now = Date.now();
		if (text || now - beatAt >= BEAT_MS || now < beatAt) {
			beatAt = now;
			text += message('beat', { at: new Date(now).toISOString() });
			for (const client of clients) if (!client.writableNeedDrain) client.write(text);
		}
	}

	function remove(client: ServerResponse) {
		clients.delete(client);
		if (clients.size > 0) return;
		unwatch?.();
		unwatch = undefined;
	}

	return {
		add(reply) {
			if (clients.size >= MAX_CLIENTS)
				return reply.code(503).send({ error: { code: 'TOO_MANY_PAGES', message: 'Too many pages are open' } });
			reply.hijack();
			const client = reply.raw;
			client.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), 'content-type': 'text/event-stream' });
			client.write(`retry: 1500\n\n${message('state', view.state())}${message('stats', view.stats())}`);
			clients.add(client);
			unwatch ??= view.watch();
			client.on('close', () => remove(client));
			client.on('error', () => remove(client));
			return reply;
		},
		close() {
			clearInterval(timer);
			view.events.off('state', onState).off('stats', onStats).off('inspection', onInspection).off('preview', onPreview);
			view.events.off('label', onLabel);
			for (const client of clients) client.end();
			clients.clear();
			unwatch?.();
			unwatch = undefined;
		},
	};
}

interface News {
	state: boolean;
	stats: boolean;
	inspections: Inspection[];
	labels: Label[];
	previews: Preview[];
}

function emptyNews(): News {
	return { state: false, stats: false, inspections: [], labels: [], previews: [] };
}

function describe(view: StationView, news: News): string {
	let text = '';
	if (news.state) text += message('state', view.state());
	if (news.stats) text += message('stats', view.stats());
	if (news.inspections.length > 0) text += message('inspections', news.inspections);
	if (news.labels.length > 0) text += message('labels', news.labels);
	for (const { camera, inspection } of news.previews) text += message('preview', { camera, inspection });
	return text;
}

function message(event: string, data: unknown): string {
	return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
