/** The log: structured lines on stderr, so that stdout stays free for results. */
import pino from 'pino';

export type Logger = pino.Logger;

/** @param name the part of the program that speaks, such as `station` */
export function createLogger(name: string, level: string = process.env.ANDON_LOG ?? 'info'): Logger {
	return pino({ name, level, base: null }, pino.destination({ dest: 2, sync: true }));
}
