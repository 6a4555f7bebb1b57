/** The only two requests that set a station to work: inspect this image, inspect what is in front of the camera. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import type { StationView } from '../../station/station-view.ts';
import type { Access } from './access.ts';

/** Larger images are refused before they are read. */
const MAX_BYTES = 32 * 2 ** 20;
/** Images that are received or inspected at once; together they bound the memory that strangers can claim. */
const MOST_AT_ONCE = 8;

const query = z.strictObject({
	camera: z.string().min(1).max(64).optional(),
	part: z
		.string()
		.regex(/^[\x20-\x7e]{1,128}$/, 'expected 1 to 128 printable characters')
		.optional(),
});

/** Routes that are no mere reading; the guard lets POST through to these. */
export const PART_ROUTES: readonly string[] = ['/stations/:station/inspect', '/stations/:station/trigger'];

type PartRequest = FastifyRequest<{ Params: { station: string } }>;

export function addPartRoutes(server: FastifyInstance, view: StationView, access: Access): void {
	const [inspect, trigger] = PART_ROUTES;
	let atOnce = 0;

	/** Before the body is read. */
	async function admit(request: PartRequest, reply: FastifyReply) {
		const refusal = access.refusal(request);
		if (refusal) return refuse(reply, refusal.status, refusal.code, refusal.message);
		if (request.params.station !== view.id)
			return refuse(reply, 404, 'NOT_FOUND', `This is the console of station ${view.id}`);
		if (atOnce >= MOST_AT_ONCE)
			return refuse(reply, 429, 'QUEUE_FULL', `${atOnce} requests are in work; wait for answers`);
		atOnce++;
		reply.raw.once('close', () => atOnce--);
		return undefined;
	}

	server.addContentTypeParser(
		/^(image\/[\w.+-]+|application\/octet-stream)$/,
		{ parseAs: 'buffer', bodyLimit: MAX_BYTES },
		(_request, body, done) => done(null, body),
	);
	server.post(inspect, { onRequest: admit as never, bodyLimit: MAX_BYTES }, (request) => {
		const { camera, part: partId } = parseWith(query, request.query, 'the query', 'USAGE');
		const image = request.body;
		if (!Buffer.isBuffer(image) || image.length === 0) throw noImage();
		return view.ask({ camera, partId, image });
	});
	server.post(trigger, { onRequest: admit as never }, (request) => {
		const { camera, part: partId } = parseWith(query, request.query, 'the query', 'USAGE');
		return view.ask({ camera, partId });
	});
	server.get('/api/rights', (request) => ({ ask: access.refusal(request) === undefined }));
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
	// What is still being sent is not waited for.
	reply.header('connection', 'close');
	if (status === 429) reply.header('retry-after', '1');
	if (status === 401) reply.header('www-authenticate', 'Bearer');
	return reply.code(status).send({ error: { code, message } });
}

function noImage(): AndonError {
	return new AndonError('USAGE', {
		expected: 'the bytes of an image as the body, with its type (image/png, image/jpeg, …) or application/octet-stream',
		found: 'an empty body',
		fix: 'curl --data-binary @part.png -H "content-type: image/png" …',
	});
}
