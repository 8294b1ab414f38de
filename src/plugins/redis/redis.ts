import fp from 'fastify-plugin';
import type { Redis } from 'ioredis';
import { Counter } from 'prom-client';
import type { RedisSettings } from '../../config/servers.ts';
import type { RedisClient } from '../../lib/redis-client.ts';
import { ClusterClient } from './cluster.ts';
import { LastingRedis } from './lasting-redis.ts';
import { failFast, redisOptions } from './options.ts';
import { type RedisHealth, watchRedis } from './redis-health.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** For commands. They fail at once while Redis is away, and after a second without an answer. */
    redis: RedisClient;
    redisHealth: RedisHealth;
    /** First part of every key. */
    redisPrefix: string;
  }
}

/**
 * The service also starts without Redis: selling needs only PostgreSQL, and the waiting room answers 503 until Redis is back.
 *
 * @param options.client an existing client (of the embedded Redis), instead of settings
 */
export default fp<{ settings: RedisSettings | undefined; client: Redis | undefined; prefix: string }>(
  async (app, { settings, client, prefix }) => {
    if (!client && !settings) throw new Error('Expected a Redis client or the settings for one');
    const redis = client ?? connectTo(settings as RedisSettings);
    const losses = new Counter({
      name: 'tiketi_redis_losses_total',
      help: 'How often Redis was flushed or began anew, and the waiting rooms with it',
      registers: [app.metrics.registry],
    });
    const health = await watchRedis(redis, `${prefix}:mark`, app.log, () => losses.inc());
    app.metrics.gauge('tiketi_redis_up', '1 while Redis answers', () => Number(health.answers));
    app.decorate<RedisClient>('redis', redis);
    app.decorate('redisHealth', health);
    app.decorate('redisPrefix', prefix);
    app.addHook('preClose', () => health.stop());
    app.addHook('onClose', () => redis.disconnect());
  },
  { name: 'redis', dependencies: ['metrics'] },
);

const connectTo = (settings: RedisSettings): RedisClient =>
  settings.cluster
    ? new ClusterClient(settings, failFast)
    : new LastingRedis(redisOptions(settings, failFast));
