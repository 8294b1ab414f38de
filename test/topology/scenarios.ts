import type { Scenario } from './scenario.ts';
import { redisCluster } from './scenarios/redis-cluster.ts';
import { redisDemoted } from './scenarios/redis-demoted.ts';

/** By the names under which `npm run test:topology` runs them. */
export const scenarios: Record<string, Scenario> = {
  'redis-demoted': redisDemoted,
  'redis-cluster': redisCluster,
};
