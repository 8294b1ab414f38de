import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { Redis } from 'ioredis';
import { every } from '../../lib/repeat.ts';

const PROBE_EVERY_MS = 1_000;
/** How long the mark outlives the last instance: longer than any place in a waiting room. */
const MARK_SECONDS = 86_400;

export interface RedisHealth {
  /** Whether the last sign was an answer, and not a broken connection or a command that failed or took too long. */
  readonly answers: boolean;
  /** How long Redis did not answer, in total. */
  readonly awayMs: number;
  /** Reports a command that failed, so that no other one waits in vain until Redis answers again. */
  failed(error: Error): void;
  stop(): Promise<void>;
}

/**
 * Connects to Redis and probes it every second. The log gets one line when Redis goes away or is late, and one when it is back.
 * The probe writes, because a Redis that is full or read-only is of no use.
 *
 * It writes a mark that stays. When the mark has changed, Redis was flushed or restarted empty.
 *
 * @param lost called when Redis has lost its data
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
      log.warn({ err }, 'Redis answers late: waiting rooms and seat locks are off until it recovers');
    else log.error({ err }, 'Redis is away: waiting rooms and seat locks are off until it is back');
  }

  function answered(): void {
    if (answers) return;
    log.info('Redis is back');
    awayMs += performance.now() - failedAt;
    answers = true;
  }

  async function probe(): Promise<void> {
    await redis.set(markKey, randomUUID(), 'EX', MARK_SECONDS, 'NX');
    const found = (await redis.getex(markKey, 'EX', MARK_SECONDS)) ?? undefined;
    if (mark !== undefined && mark !== found) {
      log.warn('Redis has lost its data: the lines form again');
      lost();
    }
    mark = found;
    answered();
  }

  redis.on('error', failed);
  redis.on('ready', answered);
  if (redis.status === 'wait') await redis.connect().catch(() => undefined);
  await probe().catch(failed);
  const stop = every(PROBE_EVERY_MS, probe, failed);
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
