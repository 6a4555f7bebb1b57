/** The whole daemon on one page: cameras → inspectors → store → MQTT, with commands coming back. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, type Logger } from '../base/log.ts';
import type { PartScores } from '../metrics/part-scores.ts';
import { Announcer } from './announcer.ts';
import { Commands } from './commands.ts';
import { type CameraConfig, hashOfConfig, type StationConfig } from './config.ts';
import { Controls } from './controls.ts';
import { Faults } from './faults.ts';
import { Feedback } from './feedback/feedback.ts';
import type { GoldenRun } from './golden/golden-run.ts';
import { measuredIous } from './golden/measured-ious.ts';
import { Handshakes } from './handshakes.ts';
import type { Inspection } from './inspection.ts';
import { Inspector } from './inspector/inspector.ts';
import { Inspectors } from './inspector/inspectors.ts';
import { Line } from './line.ts';
import { type MetricsText, StationMetrics } from './metrics/station-metrics.ts';
import { Outputs } from './outputs/outputs.ts';
import { type PartRequest, PartRequests } from './part-requests.ts';
import { Broker } from './publish/broker.ts';
import { MqttPublisher, type PublisherEvents } from './publish/mqtt/mqtt-publisher.ts';
import { Lineup } from './recipes/lineup.ts';
import type { RecipeHost, RunningRecipe } from './recipes/running-recipe.ts';
import { recordContext } from './record-context.ts';
import { Settings } from './settings.ts';
import {
	asksOfAll,
	feedbackSetup,
	handshakeSetup,
	inspectorSetup,
	mqttSettings,
	outputsSetup,
	rulesOf,
} from './setups.ts';
import { type Boot, type StationRooms, stationState } from './station-state.ts';
import type {
	AuditEntry,
	CommandResponse,
	Label,
	Requester,
	StationEvents,
	StationState,
	StationStats,
	StationView,
	StationWhatIf,
} from './station-view.ts';
import { Statistics } from './statistics.ts';
import { Store } from './store/store.ts';
import { whatIsStuck } from './supervision/progress.ts';
import { Tally } from './tally.ts';

/** How long a stop waits for the broker to take what is unsent; the rest is sent after the next start. */
const DRAIN_MS = 5000;

export class Station implements StationView {
	readonly id: string;
	readonly events = new EventEmitter<StationEvents>();
	readonly #config: StationConfig;
	readonly #log: Logger;
	readonly #inspectors = new Inspectors();
	readonly #statistics = new Statistics();
	readonly #tally = new Tally();
	readonly #metrics: StationMetrics;
	readonly #announcer: Announcer;
	readonly #faults: Faults;
	readonly #requests: PartRequests;
	readonly #lineup: Lineup;
	#boot!: Boot;
	#store!: Store;
	#feedback!: Feedback;
	#settings!: Settings;
	#controls!: Controls;
	#commands!: Commands;
	#handshakes!: Handshakes;
	#outputs!: Outputs;
	#broker: Broker | undefined;
	#publisher: MqttPublisher | undefined;
	#phase: 'starting' | 'running' | 'stopped' = 'starting';

	constructor(config: StationConfig, log: Logger = createLogger('station')) {
		this.id = config.station;
		this.#config = config;
		this.#lineup = new Lineup(config);
		this.#requests = new PartRequests(asksOfAll(config), (camera) => this.#inspectors.of(camera));
		this.#metrics = new StationMetrics(config.station);
		this.#log = log.child({ station: config.station });
		this.#announcer = new Announcer(this.events, this, this.#log);
		this.#faults = new Faults(this.id, this.#announcer, () => this.#changed(), this.#log);
	}

	/** Resolves when every camera inspects. @throws what keeps it from that; everything is released then */
	async start(): Promise<void> {
		try {
			await this.#openStore();
			await this.#openRecipes();
			this.#openControls();
			this.#openOutputs();
			await this.#openPublisher();
			await this.#outputs.start();
			await Promise.all([this.#startInspectors(), this.#metrics.open()]);
			this.#lineup.start();
			this.#phase = 'running';
			this.#announcer.startStats();
			this.#changed();
			this.#log.info({ bootId: this.#boot.bootId, recipe: this.#recipe.recipe.reference }, 'the station inspects');
		} catch (error) {
			await this.stop();
			throw error;
		}
	}

	/** Lets parts in work be finished, sends what can be sent, releases everything. Safe after a failed start and twice. */
	async stop(): Promise<void> {
		this.#announcer.stopStats();
		await this.#lineup.stop();
		await this.#inspectors.stop();
		this.#handshakes?.look(this.#inspectors.states(), this.#recipe.recipe.reference);
		await this.#outputs?.stop();
		this.#lineup.keep();
		await this.#drain();
		await this.#feedback?.stop();
		this.#phase = 'stopped';
		await this.#announcer.stop();
		await this.#publisher?.stop();
		await this.#broker?.stop();
		this.#store?.close();
		this.#metrics.close();
	}

	/** What does not get on, in a technician's words; undefined when all is well. */
	stuck(): string | undefined {
		const inspectors = this.#inspectors.all().map((inspector) => inspector.progress());
		return whatIsStuck(inspectors, this.#faults.store, this.#config.deadlineMs);
	}

	/** Where the broker is, without credentials. */
	get brokerUrl(): string {
		return this.#config.mqtt.url ?? this.#broker?.url ?? '';
	}

	state(): StationState {
		return stationState(this.#roomsOf(this.#recipe));
	}

	stats(): StationStats {
		const feedback = this.#feedback.figures();
		return { station: this.id, at: new Date().toISOString(), ...this.#statistics.figures(), feedback };
	}

	recent(limit: number): readonly Inspection[] {
		return this.#store.recent(limit);
	}

	labels(limit: number): readonly Label[] {
		return this.#store.labels.recent(limit);
	}

	golden(): GoldenRun | undefined {
		return this.#recipe.golden.last;
	}

	audit(limit: number): readonly AuditEntry[] {
		return this.#store.audit(limit);
	}

	calibrationScores(): Pick<PartScores, 'defective' | 'sound'> | undefined {
		const { scores } = this.#recipe.recipe;
		return scores && { defective: scores.defective, sound: scores.sound };
	}

	whatIf(threshold: number): StationWhatIf {
		return this.#recipe.whatIfs.at(threshold);
	}

	command(name: string, payload: unknown, requester: Requester): Promise<CommandResponse> {
		return this.#commands.run({ name, payload }, requester);
	}

	metrics(): Promise<MetricsText> {
		return this.#metrics.text(this.state(), this.#store.waiting);
	}

	ask(request: PartRequest): Promise<Inspection> {
		return this.#requests.ask(request);
	}

	watch(): () => void {
		return this.#inspectors.watch();
	}

	/** Opens what has to survive a restart. */
	async #openStore(): Promise<void> {
		this.#store = new Store(this.#config.store.path, (message) => this.#faults.ofStore(message));
		this.#boot = {
			station: this.id,
			bootId: this.#store.newBoot(),
			startedAt: new Date().toISOString(),
			configurationHash: hashOfConfig(this.#config),
		};
		const broken = this.#store.brokenAudit();
		if (broken !== undefined) this.#faults.ofAudit(broken);
		this.#feedback = new Feedback(this.#store, feedbackSetup(this.#config, this.#boot.bootId), this.#log);
		await this.#feedback.start();
		this.#settings = new Settings(this.#store);
	}

	/** Opens what parts are judged by, and what watches over its promise. */
	async #openRecipes(): Promise<void> {
		await this.#lineup.open(this.#recipeHost());
		await this.#recipeHost().entered(this.#recipe);
	}

	/** In force. */
	get #recipe(): RunningRecipe {
		return this.#lineup.current;
	}

	/** Opens what people can ask and change. */
	#openControls(): void {
		this.#controls = new Controls({
			config: this.#config,
			lineup: this.#lineup,
			settings: this.#settings,
			feedback: this.#feedback,
			inspectors: this.#inspectors,
			requests: this.#requests,
			statistics: this.#statistics,
			events: this.events,
			changed: () => this.#changed(),
		});
		this.#commands = new Commands(this.#controls);
		const teller = this.#config.handshake ? this.#announcer : undefined;
		this.#handshakes = new Handshakes(handshakeSetup(this.#config, this.#boot.bootId), teller);
	}

	#openOutputs(): void {
		this.#outputs = new Outputs(
			outputsSetup(this.#config, this.#boot.bootId),
			{
				connected: () => this.#publisher?.state().status === 'connected',
				publish: (topic, payload, qos) => this.#publisher!.publishAtOnce(topic, payload, qos),
				change: () => this.#changed(),
				alert: (payload) => this.#announcer.alert(payload),
				storeFault: () => this.#faults.store?.message,
				pause: (reason) => {
					const by = { who: 'andon', source: 'station', reason } as const;
					this.#controls.setPaused(true, by).catch((error) => this.#log.error({ error }, 'could not be paused'));
				},
			},
			this.#log,
		);
	}

	async #openPublisher(): Promise<void> {
		const { url, embedded = { host: '127.0.0.1', port: 1883 } } = this.#config.mqtt;
		if (!url) {
			this.#broker = new Broker(embedded);
			await this.#broker.start();
		}
		const events: PublisherEvents = {
			change: () => this.#changed(),
			sent: (topic, delivered) => {
				this.#tally.sent(topic);
				if (topic === 'inspection') this.#metrics.published(delivered);
			},
			command: (message) => this.#commands.run(message, { who: 'mqtt', source: 'mqtt' }),
			snapshot: () => ({
				state: this.state(),
				stats: this.stats(),
				golden: this.golden(),
				shadow: this.#lineup.shadowReport(),
			}),
		};
		const settings = await mqttSettings(this.#config, this.brokerUrl);
		this.#publisher = new MqttPublisher(settings, this.#store, events, this.#log);
		this.#announcer.open(this.#publisher, this.#store);
		this.#handshakes.tell();
		await this.#publisher.start();
	}

	async #startInspectors(): Promise<void> {
		const line = this.#openLine();
		await this.#inspectors.start(this.#config.cameras.map((camera) => this.#inspectorOf(line, camera)));
	}

	#inspectorOf(line: Line, camera: CameraConfig): Inspector {
		const { id } = camera;
		const setup = { ...inspectorSetup(camera, this.#config), frames: this.#feedback.rulesOf(id) };
		const recipes = this.#lineup.forInspector(id);
		const initial = { cursor: this.#store.cursor(id), ...recipes, paused: this.#settings.paused };
		return new Inspector(setup, initial, line.eventsOf(id), this.#log);
	}

	/** What a part passes from its trigger to its record. */
	#openLine(): Line {
		return new Line({
			lineup: this.#lineup,
			inspectors: this.#inspectors,
			outputs: this.#outputs,
			handshakes: this.#handshakes,
			requests: this.#requests,
			store: this.#store,
			feedback: this.#feedback,
			statistics: this.#statistics,
			tally: this.#tally,
			metrics: this.#metrics,
			announcer: this.#announcer,
			faults: this.#faults,
			events: this.events,
			log: this.#log,
			contextOf: (recipe, camera) => recordContext(this.#roomsOf(recipe), camera),
			changed: () => this.#changed(),
		});
	}

	#recipeHost(): RecipeHost {
		let goldenRuns = 0;
		return {
			newRun: () => ++goldenRuns,
			config: this.#config,
			bootId: this.#boot.bootId,
			store: this.#store,
			settings: this.#settings,
			log: this.#log,
			alert: (payload) => this.#announcer.alert(payload),
			inspectors: this.#inspectors,
			entered: ({ recipe, operatingPoint }) =>
				this.#feedback.begin({ operatingPoint, ...rulesOf(this.#config, recipe) }),
			changed: () => this.#changed(),
			compared: () => this.#announcer.shadow(this.#lineup.shadowReport()),
			finished: (run) => {
				for (const iou of measuredIous(run)) this.#statistics.addMeasuredIou('golden', iou);
				this.#announcer.golden(run);
				this.#changed();
			},
			pause: (by) => this.#controls.setPaused(true, by),
		};
	}

	/** What its state and its records are put together from. */
	#roomsOf({ recipe, operatingPoint, drift, golden }: RunningRecipe): StationRooms {
		return {
			boot: this.#boot,
			phase: this.#phase,
			config: this.#config,
			recipe,
			settings: { operatingPoint, paused: this.#settings.paused },
			drift,
			golden,
			lineup: this.#lineup,
			inspectors: this.#inspectors,
			handshakes: this.#handshakes,
			outputs: this.#outputs,
			broker: this.#publisher!.state(),
			store: this.#store,
			tally: this.#tally,
			faults: this.#faults,
		};
	}

	/** Tells the new state soon, several changes at once; tells of new faults. */
	#changed(): void {
		if (this.#phase !== 'running') return;
		const cameras = this.#inspectors.states();
		this.#outputs.look(this.#settings.paused, cameras);
		this.#faults.look(cameras, this.#outputs.states());
		this.#handshakes.look(cameras, this.#recipe.recipe.reference);
		this.#announcer.changed();
	}

	/** Waits until everything is recorded and, while there is a connection, sent. */
	async #drain(): Promise<void> {
		const until = performance.now() + DRAIN_MS;
		while (this.#store && performance.now() < until) {
			const connected = this.#publisher?.state().status === 'connected';
			if (this.#store.waiting === 0 && (!connected || this.#store.unsentCount === 0)) return;
			await sleep(20);
		}
	}
}
