import type { FastifyInstance } from 'fastify';

/**
 * Makes instances wait for Redis as long as it takes, and not for 100 ms: for a test of what Redis answers, on a machine that may be too
 * busy to answer in time.
 */
export function waitForRedis(apps: FastifyInstance[]): void {
  for (const { redisHealth } of apps) redisHealth.inTime = (asked) => asked;
}
