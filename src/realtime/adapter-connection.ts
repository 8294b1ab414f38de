import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Redis } from 'ioredis';
import type { RedisSettings } from '../config/servers.ts';
import { connectorTo } from '../plugins/redis/connector.ts';
import { LastingRedis } from '../plugins/redis/lasting-redis.ts';
import { type Behaviour, redisOptions } from '../plugins/redis/options.ts';

/** After this time without an answer, this instance tells its own subscribers anyway. */
const ANSWER_WITHIN_MS = 1_000;

/** A connection that has no answer for so long is replaced, since a network may drop one connection alone. A read blocks for less. */
const SILENT_MS = 3_000;

/** Before a read or a subscription that was refused is repeated. */
const AGAIN_MS = 200;

/**
 * The connection that the Socket.IO adapter publishes with, and that it duplicates for reading and for subscribing. In a cluster all of
 * them go to the node that has the stream; the nodes pass on what is published among themselves.
 *
 * It works around six flaws of the adapter (0.3):
 * - The adapter doesn't await all of its commands, so an unhandled rejection would end the process while Redis is away.
 * - It tells this instance's subscribers only after Redis has answered, so they would wait as long as Redis is away.
 * - It reads from `$`, "from now on", again every second until a message comes. Messages between two reads are lost, and so are
 *   those before its connection is up. Here `$` means the end of the stream when the service started.
 * - It goes on from the last id that it has read. After a failover, the new server may be behind that: it lost the last messages, or
 *   its clock is late. Its messages would be ignored until it caught up. Here reading goes on from the end of its stream.
 * - It subscribes once. If Redis refuses that, as a busy one does, the instance would not hear of others' sales until its end.
 * - It repeats a read that failed at once, thousands of times a second if the server answers LOADING, for example.
 */
export class AdapterConnection extends LastingRedis {
  readonly #stream: string;
  readonly #copies: AdapterConnection[] = [];
  /** The id after which the adapter wants to read, and the one after which it really reads. */
  #asked = '$';
  #from: string;
  /** Since the last connect, the server's stream has not been looked at. */
  #isNewServer = true;
  /** Channels to subscribe to again. */
  readonly #refused = new Set<string>();
  #subscribes = false;
  /** It subscribes, but Redis has not confirmed that, or has refused. */
  #isDeaf = false;
  /** Called when news from the other instances are heard, at first and again. */
  onHearing: () => void = () => undefined;
  /** The stream has moved to another node of the cluster. A read each second notices it. */
  #onMoved = () => this.connectAnew();

  private constructor(options: Behaviour, stream: string, from = '$') {
    super(options);
    this.#stream = stream;
    this.#from = from;
    this.on('error', () => undefined); // the plugin "redis" logs outages
    this.on('close', () => {
      this.#isNewServer = true;
      this.#isDeaf = this.#subscribes;
    });
  }

  /** @param stream the adapter's key in Redis */
  static async open(settings: RedisSettings, stream: string): Promise<AdapterConnection> {
    // Not lazy, because the adapter doesn't handle a first connect that fails. No limit of retries, because the adapter repeats a
    // failed read at once, without a pause.
    const behaviour = {
      lazyConnect: false,
      maxRetriesPerRequest: null,
      commandTimeout: ANSWER_WITHIN_MS,
      socketTimeout: SILENT_MS,
    };
    const connection = new AdapterConnection(
      {
        ...redisOptions(settings, behaviour),
        ...(settings.cluster && { Connector: connectorTo(stream, settings, settings.cluster) }),
      },
      stream,
    );
    connection.#from = (await connection.#endOfStream()) ?? '$'; // while Redis is away, `$` keeps its own meaning
    return connection;
  }

  /** Whether the other instances can be reached. */
  get reachesOthers(): boolean {
    return this.status === 'ready';
  }

  /** Whether news from the other instances are heard. Redis may refuse channels to a user whom it lets do all the rest. */
  get hearsOthers(): boolean {
    return this.#copies.every((copy) => !copy.#isDeaf);
  }

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    if (command.name === 'subscribe') this.#subscribes = this.#isDeaf = true;
    command.promise.then(
      () => {
        if (command.name !== 'subscribe') return;
        this.#isDeaf = false;
        this.onHearing();
      },
      (error: Error) => {
        if (command.name === 'subscribe') void this.#subscribeAgain(command);
        if (error.message.startsWith('MOVED ')) this.#onMoved();
      },
    );
    if (command.name !== 'xread') return super.sendCommand(command, stream);
    const reading = this.#read(command);
    // A read that is sent again after a reconnect has been returned before.
    reading.catch(() => undefined);
    return reading;
  }

  /** The adapter reads with the copy. A read waits for news, so it has no time limit. */
  override duplicate(): ReturnType<Redis['duplicate']> {
    const { commandTimeout: _, ...options } = this.options;
    const copy = new AdapterConnection(options, this.#stream, this.#from);
    copy.onHearing = () => this.onHearing();
    copy.#onMoved = () => this.connectAnew();
    this.#copies.push(copy);
    return copy;
  }

  /**
   * Connects anew, and the copies too. Call it when the address of Redis may lead to another server. A demoted master goes on to answer
   * reads and subscriptions, so these connections would stay with it.
   */
  connectAnew(): void {
    for (const each of [this, ...this.#copies]) {
      if (each.status === 'ready' || each.status === 'connect') each.disconnect(true);
      // The address that is being looked up may be the old one. To be told now would end this connection for a moment, and fail its commands.
      else if (each.status === 'connecting') each.once('connect', () => each.disconnect(true));
    }
  }

  /** Sends what was published, then closes. */
  async close(): Promise<void> {
    if (this.reachesOthers) await this.quit().catch(() => undefined);
    this.disconnect();
  }

  async #read(command: Command): Promise<unknown> {
    const last = command.args.length - 1;
    const id = command.args[last] as string;
    if (id !== this.#asked && id !== this.#from) this.#asked = this.#from = id;
    if (this.#isNewServer) await this.#meetServer();
    command.args[last] = this.#from;
    try {
      return await super.sendCommand(command);
    } catch (error) {
      await sleep(AGAIN_MS);
      throw error;
    }
  }

  /** Once for all refusals of the same time: a command that waited for its connection is sent, and refused, twice. */
  async #subscribeAgain({ args }: Command): Promise<void> {
    this.#isDeaf = true;
    const waits = this.#refused.size > 0;
    for (const channel of args) this.#refused.add(String(channel));
    if (waits) return;
    await sleep(AGAIN_MS);
    const channels = [...this.#refused];
    this.#refused.clear();
    if (!this.isOver) await this.subscribe(...channels).catch(() => undefined);
  }

  /** Goes back to the end of the server's stream, if that is behind what was read from another server. */
  async #meetServer(): Promise<void> {
    this.#isNewServer = false;
    const end = await this.#endOfStream();
    if (end === undefined) this.#isNewServer = true;
    else if (this.#from === '$' || isBefore(end, this.#from)) this.#from = end;
  }

  /** @returns undefined while Redis can't tell */
  async #endOfStream(): Promise<string | undefined> {
    try {
      const [last] = await this.xrevrange(this.#stream, '+', '-', 'COUNT', 1);
      return last?.[0] ?? '0-0';
    } catch {
      return undefined;
    }
  }
}

/** Compares ids of entries in a stream: ms since 1970, and a number within the ms. */
function isBefore(id: string, other: string): boolean {
  const [[ms = 0, number = 0], [otherMs = 0, otherNumber = 0]] = [id, other].map((text) =>
    text.split('-').map(Number),
  ) as [number[], number[]];
  return ms < otherMs || (ms === otherMs && number < otherNumber);
}
