import { type Command, Redis } from 'ioredis';
import type { RedisSettings } from '../config/config.ts';
import { type Behaviour, redisOptions } from '../plugins/redis/redis.ts';

/** After this time without an answer, this instance tells its own subscribers anyway. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * The connection that the Socket.IO adapter publishes with, and that it duplicates for reading.
 *
 * It works around three flaws of the adapter (0.3):
 * - The adapter doesn't await all of its commands, so an unhandled rejection would end the process while Redis is away.
 * - It tells this instance's subscribers only after Redis has answered, so they would wait as long as Redis is away.
 * - It reads from `$`, "from now on", again every second until a message comes. Messages between two reads are lost, and so are
 *   those before its connection is up. Here `$` means the end of the stream when the service started.
 */
export class AdapterConnection extends Redis {
  readonly #stream: string;
  #start: string | undefined;

  private constructor(options: Behaviour, stream: string, start?: string) {
    super(options);
    this.#stream = stream;
    this.#start = start;
    this.on('error', () => undefined); // the plugin "redis" logs outages
  }

  /** @param stream the adapter's key in Redis */
  static async open(settings: RedisSettings, stream: string): Promise<AdapterConnection> {
    // Not lazy, because the adapter doesn't handle a first connect that fails. No limit of retries, because the adapter repeats a
    // failed read at once, without a pause.
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

  /** The adapter reads with the copy. A read waits for news, so it has no time limit. */
  override duplicate(): ReturnType<Redis['duplicate']> {
    const { commandTimeout: _, ...options } = this.options;
    return new AdapterConnection(options, this.#stream, this.#start);
  }

  /** Sends what was published, then closes. */
  async close(): Promise<void> {
    if (this.reachesOthers) await this.quit().catch(() => undefined);
    this.disconnect();
  }

  async #findStart(): Promise<void> {
    try {
      const [last] = await this.xrevrange(this.#stream, '+', '-', 'COUNT', 1);
      this.#start = last?.[0] ?? '0-0';
    } catch {
      // Redis is away at the start, so `$` keeps its own meaning.
    }
  }
}
