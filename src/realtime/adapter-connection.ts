import { type Command, Redis } from 'ioredis';
import type { RedisSettings } from '../config/config.ts';
import { type Behaviour, redisOptions } from '../plugins/redis/redis.ts';

/** After this time without an answer, those on this instance are told all the same. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * The connection that the Socket.IO adapter publishes with, and makes its reading connections from.
 *
 * It mends three things of the adapter (0.3):
 * - Some of what it sends it doesn't await, so a Redis that is away would end the process by an unhandled rejection.
 * - A publication waits for its answer before those on this instance are told, and would wait as long as Redis is away.
 * - It reads from `$`, "from now on", anew every second until something comes: what is published between two of these
 *   is lost, and so is what is published before its connection is up. Here `$` is where the stream ended at the start.
 */
export class AdapterConnection extends Redis {
  readonly #stream: string;
  #start: string | undefined;

  private constructor(options: Behaviour, stream: string, start?: string) {
    super(options);
    this.#stream = stream;
    this.#start = start;
    this.on('error', () => undefined); // the plugin "redis" tells of an outage
  }

  /** @param stream the adapter's, in Redis */
  static async open(settings: RedisSettings, stream: string): Promise<AdapterConnection> {
    // Not lazy: the adapter would not handle a first connect that fails. Without a limit of retries: a read that fails
    // is repeated by the adapter at once, without a pause.
    const behaviour = { lazyConnect: false, maxRetriesPerRequest: null, commandTimeout: ANSWER_WITHIN_MS };
    const connection = new AdapterConnection(redisOptions(settings, behaviour), stream);
    await connection.#findStart();
    return connection;
  }

  /** Whether the other instances can be reached. */
  get reachesOthers(): boolean {
    return this.status === 'ready';
  }

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    command.promise.catch(() => undefined);
    const last = command.args.length - 1;
    if (command.name === 'xread' && command.args[last] === '$' && this.#start)
      command.args[last] = this.#start;
    return super.sendCommand(command, stream);
  }

  /** For the adapter's reading, which is waiting: it has no time limit. */
  override duplicate(): ReturnType<Redis['duplicate']> {
    const { commandTimeout: _, ...options } = this.options;
    return new AdapterConnection(options, this.#stream, this.#start);
  }

  /** Lets what was published go out, then ends. */
  async close(): Promise<void> {
    if (this.reachesOthers) await this.quit().catch(() => undefined);
    this.disconnect();
  }

  async #findStart(): Promise<void> {
    try {
      const [last] = await this.xrevrange(this.#stream, '+', '-', 'COUNT', 1);
      this.#start = last?.[0] ?? '0-0';
    } catch {
      // Redis is away at the start: from now on, then.
    }
  }
}
