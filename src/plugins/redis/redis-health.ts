import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { Redis } from 'ioredis';
import { every } from '../../lib/repeat.ts';

const ASK_EVERY_MS = 1_000;
/** How long the mark outlives the last instance; longer than any place in a waiting room. */
const MARK_SECONDS = 86_400;

export interface RedisHealth {
  /** By what was heard last: an answer, a connection that broke, a command that failed or took too long. */
  readonly answers: boolean;
  /** For how long it didn't, all in all. */
  readonly awayMs: number;
  /** For whoever has waited in vain: so that nobody else need to, until Redis answers again. */
  failed(error: Error): void;
  stop(): Promise<void>;
}

/**
 * Connects, asks Redis for a sign of life again and again, and tells the log when it is away or late and when it is back, each once.
 * The sign is a write: a Redis that is full, or a replica, is of no use.
 *
 * What is written is a mark that stays. Where another one is found than before, Redis was flushed or began anew.
 *
 * @param lost Redis has lost what it held
 */
export async function watchRedis(
  redis: Redis,
  markKey: string,
  log: FastifyBaseLogger,
  lost: () => void,
): Promise<RedisHealth> {
  let answers = true;
  let failedAt = 0;
  let awayMs = 0;
  let mark: string | undefined;

  function failed(err: Error): void {
    if (!answers) return;
    answers = false;
    failedAt = performance.now();
    if (err.message === 'Command timed out')
      log.warn({ err }, 'Redis answers late: no waiting room and no seat locks until it is well again');
    else log.error({ err }, 'Redis is away: no waiting room and no seat locks until it is back');
  }

  function answered(): void {
    if (answers) return;
    log.info('Redis is back');
    awayMs += performance.now() - failedAt;
    answers = true;
  }

  async function ask(): Promise<void> {
    await redis.set(markKey, randomUUID(), 'EX', MARK_SECONDS, 'NX');
    const found = (await redis.getex(markKey, 'EX', MARK_SECONDS)) ?? undefined;
    if (mark !== undefined && mark !== found) {
      log.warn('Redis has lost what it held: the lines form again');
      lost();
    }
    mark = found;
    answered();
  }

  redis.on('error', failed);
  redis.on('ready', answered);
  if (redis.status === 'wait') await redis.connect().catch(() => undefined);
  await ask().catch(failed);
  const stop = every(ASK_EVERY_MS, ask, failed);
  return {
    get answers() {
      return answers;
    },
    get awayMs() {
      return answers ? awayMs : awayMs + performance.now() - failedAt;
    },
    failed,
    stop,
  };
}
