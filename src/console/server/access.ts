/** Who may have parts inspected over HTTP: programs on this host, or whoever knows the token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import { AndonError, messageOf } from '../../base/errors.ts';
import { hostName, LOOPBACK } from './hosts.ts';

export interface Access {
	/** Why the request may not change anything; undefined when it may. */
	refusal(
		request: FastifyRequest,
	): { readonly status: number; readonly code: string; readonly message: string } | undefined;
}

/** Shorter ones can be guessed. */
const SHORTEST_TOKEN = 16;
const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;

/**
 * Without a token: requests from this host to this host only. With one: nobody without it.
 *
 * @throws FILE_UNREADABLE, CONFIG_INVALID when the file holds no token
 */
export async function openAccess(tokenFile: string | undefined): Promise<Access> {
	const token = tokenFile === undefined ? undefined : digest(await readToken(tokenFile));
	return {
		refusal: (request) => {
			if (token === undefined) return isLocal(request) ? undefined : TOKEN_NEEDED;
			const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
			// Digests have one length, so that the comparison takes the same time whatever was given.
			return given !== undefined && timingSafeEqual(digest(given), token) ? undefined : TOKEN_WRONG;
		},
	};
}

const TOKEN_NEEDED = {
	status: 403,
	code: 'TOKEN_NEEDED',
	message: 'Only programs on this host may ask for parts, because no token is configured: set `console.tokenFile`',
};

const TOKEN_WRONG = {
	status: 401,
	code: 'TOKEN_WRONG',
	message: 'Send the token of this station as `Authorization: Bearer <token>`',
};

function isLocal({ socket, headers }: FastifyRequest): boolean {
	return LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') && LOOPBACK.includes(hostName(headers.host));
}

function digest(token: string): Buffer {
	return createHash('sha256').update(token).digest();
}

async function readToken(file: string): Promise<string> {
	const text = await readFile(file, 'utf8').catch((cause) => {
		const facts = { expected: `a readable file ${file}`, found: messageOf(cause), fix: 'Check `console.tokenFile`.' };
		throw new AndonError('FILE_UNREADABLE', facts, { cause });
	});
	const token = text.trim();
	if (token.length >= SHORTEST_TOKEN && !/\s/.test(token)) return token;
	throw new AndonError('CONFIG_INVALID', {
		expected: `${file} to hold a token of at least ${SHORTEST_TOKEN} characters and nothing else`,
		found: /\s/.test(token) ? 'several words' : `${token.length} characters`,
		fix: `Write one: openssl rand -hex 32 > ${file}`,
	});
}
