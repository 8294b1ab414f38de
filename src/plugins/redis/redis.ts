import fp from 'fastify-plugin';
import { Redis, type RedisOptions } from 'ioredis';
import { Counter } from 'prom-client';
import type { RedisSettings } from '../../config/config.ts';
import { type RedisHealth, watchRedis } from './redis-health.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** For commands: fails at once while Redis is away, and after a second without an answer. */
    redis: Redis;
    redisHealth: RedisHealth;
    /** First part of every key. */
    redisPrefix: string;
  }
}

export type Behaviour = Omit<RedisOptions, 'replyMapping'>;

/** What the settings say, with the behaviour that the connection's user needs. */
export function redisOptions(settings: RedisSettings, behaviour: Behaviour): Behaviour {
  return {
    host: settings.host,
    port: settings.port,
    ...(settings.password !== undefined && { password: settings.password }),
    ...(settings.tls && { tls: {} }),
    lazyConnect: true,
    connectTimeout: 3_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    ...behaviour,
  };
}

const failFast: Behaviour = {
  // A request doesn't wait for Redis to come back; it is answered without it, or with 503.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // A script that was under way when the connection broke may have run: running it again is the caller's decision.
  autoResendUnfulfilledCommands: false,
  commandTimeout: 1_000,
};

/**
 * @param options.client a client that exists already (the embedded one), instead of settings
 *
 * The service starts without Redis: selling needs PostgreSQL alone, and the waiting room says 503 until Redis is there.
 */
export default fp<{ settings: RedisSettings | undefined; client: Redis | undefined; prefix: string }>(
  async (app, { settings, client, prefix }) => {
    if (!client && !settings) throw new Error('neither a Redis client nor the settings of one');
    const redis = client ?? new Redis(redisOptions(settings as RedisSettings, failFast));
    const losses = new Counter({
      name: 'tiketi_redis_losses_total',
      help: 'How often Redis was flushed or began anew, and the waiting rooms with it',
      registers: [app.metrics.registry],
    });
    const health = await watchRedis(redis, `${prefix}:mark`, app.log, () => losses.inc());
    app.metrics.gauge('tiketi_redis_up', '1 while Redis answers', () => Number(health.answers));
    app.decorate('redis', redis);
    app.decorate('redisHealth', health);
    app.decorate('redisPrefix', prefix);
    app.addHook('preClose', () => health.stop());
    app.addHook('onClose', () => redis.disconnect());
  },
  { name: 'redis', dependencies: ['metrics'] },
);
