import fp from 'fastify-plugin';
import { Redis, type RedisOptions } from 'ioredis';
import { Counter } from 'prom-client';
import type { RedisSettings } from '../../config/servers.ts';
import { type RedisHealth, watchRedis } from './redis-health.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** For commands. They fail at once while Redis is away, and after a second without an answer. */
    redis: Redis;
    redisHealth: RedisHealth;
    /** First part of every key. */
    redisPrefix: string;
  }
}

export type Behaviour = Omit<RedisOptions, 'replyMapping'>;

/** Connects to the Redis of the settings, with the behaviour that the user of the connection needs. */
export function redisOptions(settings: RedisSettings, behaviour: Behaviour): Behaviour {
  return {
    ...whereToConnect(settings),
    db: settings.database,
    ...(settings.username !== undefined && { username: settings.username }),
    ...(settings.password !== undefined && { password: settings.password }),
    ...(settings.tls && { tls: {} }),
    lazyConnect: true,
    connectTimeout: 3_000,
    // A server that doesn't answer doesn't confirm the end of a connection either.
    disconnectTimeout: 100,
    maxLoadingRetryTime: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    ...behaviour,
  };
}

function whereToConnect({ host, port, tls, sentinel }: RedisSettings): Behaviour {
  if (!sentinel) return { host, port };
  const { addresses, master, username, password } = sentinel;
  return {
    sentinels: addresses,
    name: master,
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
    ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
    // Sentinels announce a failover, so that no connection stays with the master of before.
    failoverDetector: true,
    sentinelRetryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  };
}

export const failFast: Behaviour = {
  // A request doesn't wait for Redis to come back. It is answered without Redis, or with 503.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // A script in flight when the connection broke may have run, so the caller decides whether to run it again.
  autoResendUnfulfilledCommands: false,
  commandTimeout: 1_000,
  // The probe says better than INFO whether Redis can work: `connect` would wait for as long as a server loads its data.
  enableReadyCheck: false,
};

/**
 * The service also starts without Redis: selling needs only PostgreSQL, and the waiting room answers 503 until Redis is back.
 *
 * @param options.client an existing client (of the embedded Redis), instead of settings
 */
export default fp<{ settings: RedisSettings | undefined; client: Redis | undefined; prefix: string }>(
  async (app, { settings, client, prefix }) => {
    if (!client && !settings) throw new Error('Expected a Redis client or the settings for one');
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
