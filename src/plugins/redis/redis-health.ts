import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { isRedisDisconnect, isRedisTimeout, redisFailureOf } from '../../errors/redis-failures.ts';
import { UnavailableError } from '../../errors/unavailable.ts';
import { InTime } from '../../lib/in-time.ts';
import { script } from '../../lib/lua-script.ts';
import type { RedisClient } from '../../lib/redis-client.ts';
import { every } from '../../lib/repeat.ts';
import { keysOnMasters } from './slots.ts';

const PROBE_EVERY_MS = 1_000;
/** Work that can go on without Redis waits so long for an answer. It takes a few ms, about as long as a sale. */
const LATE_MS = 100;
/** How long a start waits for Redis. */
const READY_WITHIN_MS = 3_000;
/** How long the mark outlives the last instance: longer than any place in a waiting room. */
const MARK_SECONDS = 86_400;
/** A connection that fails is kept for so long. With 500 ms a probe each second opens a new one, with 1,500 ms every other probe. */
const KEPT_MS = { moved: 500, stays: 1_500 };
/** A lost connection says no reason. An attempt to connect again finds one within `connectTimeout`, or is well. */
const NAMED_AFTER_MS = 4_000;

export interface RedisHealth {
  /** Whether the last sign was an answer, and not a broken connection or a command that failed or took too long. */
  readonly answers: boolean;
  /** Whether the last answer took more than 100 ms. */
  readonly isLate: boolean;
  /** How long the last probe took. */
  readonly latencyMs: number;
  /** How long Redis did not answer, in total. */
  readonly awayMs: number;
  /** Reports a command that failed, so that no other one waits in vain until Redis answers again. */
  failed(error: Error): void;
  /** Waits for an answer for 100 ms, and not at all while Redis is late. @returns the answer, or `undefined` if it is late */
  inTime<T>(asked: Promise<T>): Promise<T | undefined>;
  /** The listener is called when Redis answers on a new connection: the address may lead to another server than before. */
  onReconnect(listener: () => void): void;
  /** Probes now; `answers` then tells the result. Never rejects. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Connects to Redis and probes it every second. The log gets one line when Redis goes away, and one when it is back. The probe is a
 * script that writes, as the service's own are, because a Redis that is full or read-only is of no use.
 *
 * A probe that fails on an open connection opens a new one, since the address may lead to another server by now: after a failover, a
 * demoted master keeps its connections. ioredis would do so for each command that fails (`reconnectOnError`), hundreds of times a second.
 *
 * It writes a mark that stays, on each master of a cluster. When a mark has changed, Redis was flushed or restarted empty. Redis is away
 * while one of the masters is: a room may be on any of them.
 *
 * @param lost called when Redis has lost its data
 */
export async function watchRedis(
  redis: RedisClient,
  markKey: string,
  log: FastifyBaseLogger,
  lost: () => void,
): Promise<RedisHealth> {
  const readMark = script<string>(redis, 'probe', 1, new URL('./probe.lua', import.meta.url));
  let answers = true;
  /** The log has the reason of this outage. */
  let isNamed = false;
  let failedAt = 0;
  let connectedAt = 0;
  let awayMs = 0;
  let latencyMs = 0;
  /** Those of the last probe. One that isn't renewed, because slots have moved, lapses. */
  let marks = new Map<string, string>();
  let checking: Promise<void> | undefined;
  let isNewConnection = false;
  const reconnectListeners: (() => void)[] = [];
  const inTime = new InTime(LATE_MS);

  function failed(err: Error): void {
    if (answers) {
      answers = false;
      isNamed = false;
      failedAt = performance.now();
    }
    const isUnexplained = isRedisDisconnect(err);
    if (isNamed || err instanceof UnavailableError) return;
    if (isUnexplained && performance.now() - failedAt < NAMED_AFTER_MS) return;
    isNamed = true;
    if (isRedisTimeout(err))
      log.warn(
        { reason: err.message },
        'Redis answers late: waiting rooms and seat locks are off until it recovers',
      );
    else {
      const state = redisFailureOf(err)?.reason ?? 'is away';
      log.error(
        { reason: isUnexplained ? 'its address closes each connection without an answer' : err.message },
        `Redis ${state}: waiting rooms and seat locks are off until it is back`,
      );
    }
  }

  function answered(): void {
    if (isNewConnection) for (const listener of reconnectListeners) listener();
    isNewConnection = false;
    if (answers) return;
    log.info(isNamed ? 'Redis is back' : 'Redis is back: the connection was lost for a moment');
    awayMs += performance.now() - failedAt;
    answers = true;
  }

  async function probe(): Promise<void> {
    const asked = performance.now();
    const keys = keysOnMasters(redis, markKey);
    const found = await Promise.all(keys.map((key) => readMark(key, randomUUID(), MARK_SECONDS)));
    latencyMs = performance.now() - asked;
    const hasLost = keys.some((key, index) => marks.has(key) && marks.get(key) !== found[index]);
    marks = new Map(keys.map((key, index) => [key, found[index] as string]));
    if (hasLost) {
      log.warn('Redis has lost its data: the lines form again');
      lost();
    }
    answered();
  }

  function probeFailed(error: Error): void {
    failed(error);
    const kept = redisFailureOf(error)?.moved ? KEPT_MS.moved : KEPT_MS.stays;
    const isOpen = redis.status === 'ready';
    if (isOpen && performance.now() - Math.max(connectedAt, failedAt) > kept) redis.disconnect(true);
  }

  function beginCheck(): Promise<void> {
    const begun = probe()
      .catch(probeFailed)
      .finally(() => {
        checking = undefined;
      });
    void inTime.answerOf(begun);
    return begun;
  }

  function check(): Promise<void> {
    checking ??= beginCheck();
    return checking;
  }

  redis.on('error', failed);
  redis.on('ready', () => {
    connectedAt = performance.now();
    isNewConnection = true;
    void check();
  });
  // A server that is loading its data accepts the connection, and isn't ready for as long as that takes.
  if (redis.status === 'wait')
    await Promise.race([
      redis.connect().catch(() => undefined),
      sleep(READY_WITHIN_MS, undefined, { ref: false }),
    ]);
  await check();
  const stop = every(PROBE_EVERY_MS, check, failed);
  return {
    get answers() {
      return answers;
    },
    get isLate() {
      return inTime.isLate;
    },
    get latencyMs() {
      return latencyMs;
    },
    get awayMs() {
      return answers ? awayMs : awayMs + performance.now() - failedAt;
    },
    failed,
    inTime: (asked) => inTime.answerOf(asked),
    onReconnect: (listener) => void reconnectListeners.push(listener),
    check,
    stop,
  };
}
