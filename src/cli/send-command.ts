/** Sends one command to a running station over MQTT, as any other client would, and waits for its answer. */
import { randomBytes } from 'node:crypto';
import { connectAsync, type MqttClient } from 'mqtt';
import { ERROR_CODES, type ErrorCode } from '../base/error-codes.ts';
import { AndonError, messageOf } from '../base/errors.ts';
import { readPassword, type StationConfig } from '../station/config.ts';
import type { CommandResponse } from '../station/station-view.ts';

const PATIENCE_MS = 10_000;

/** @throws BROKER_REFUSED when there is no answer, and whatever the station refuses the command with */
export async function sendCommand(config: StationConfig, name: string, payload: object): Promise<CommandResponse> {
	const url = brokerOf(config);
	const base = `${config.mqtt.prefix}/${config.station}`;
	const id = `cli-${randomBytes(8).toString('hex')}`;
	const client = await connectTo(url, config);
	try {
		const answer = answerOf(client, id);
		await client.subscribeAsync(`${base}/response`, { qos: 1 });
		await client.publishAsync(`${base}/command/${name}`, JSON.stringify({ ...payload, id }), { qos: 1 });
		const response = await Promise.race([answer, silence()]);
		if (!response) throw unanswered(url, 'no answer', 'Check that the station runs and listens to this broker.');
		if (!response.ok) throw refusalOf(response);
		return response;
	} finally {
		await client.endAsync(true);
	}
}

function brokerOf({ mqtt }: StationConfig): string {
	if (mqtt.url !== undefined) return mqtt.url;
	const { host, port } = mqtt.embedded ?? { host: '127.0.0.1', port: 1883 };
	if (port !== 0) return `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`;
	throw unanswered('its broker', 'a broker on a port chosen anew at each start', 'Give `mqtt.embedded.port` a number.');
}

async function connectTo(url: string, { mqtt }: StationConfig): Promise<MqttClient> {
	const password = await readPassword(mqtt);
	const { username, protocolVersion } = mqtt;
	// The embedded broker speaks 3.1.1 only.
	const version = mqtt.url === undefined ? 4 : protocolVersion;
	try {
		return await connectAsync(url, { username, password, protocolVersion: version, reconnectPeriod: 0 });
	} catch (cause) {
		throw unanswered(url, messageOf(cause), 'Check `mqtt` in the station’s file and that its broker runs.', cause);
	}
}

function answerOf(client: MqttClient, id: string): Promise<CommandResponse> {
	return new Promise((resolve) =>
		client.on('message', (_topic, payload) => {
			const response = JSON.parse(payload.toString()) as CommandResponse;
			if (response.id === id) resolve(response);
		}),
	);
}

function silence(): Promise<undefined> {
	return new Promise((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS).unref());
}

function refusalOf({ error, command }: CommandResponse): AndonError {
	const {
		code = '',
		message = '',
		expected = `the station to carry out ${command}`,
		found = message,
		fix = '',
	} = error ?? {};
	return new AndonError(code in ERROR_CODES ? (code as ErrorCode) : 'COMMAND_INVALID', { expected, found, fix });
}

function unanswered(where: string, found: string, fix: string, cause?: unknown): AndonError {
	return new AndonError(
		'BROKER_REFUSED',
		{ expected: `an answer of the station over ${where}`, found, fix },
		{ cause },
	);
}
