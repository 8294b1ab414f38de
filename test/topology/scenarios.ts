import type { Scenario } from './scenario.ts';
import { pgbouncerRestarted } from './scenarios/pgbouncer-restarted.ts';
import { postgresKilled } from './scenarios/postgres-killed.ts';
import { redisCluster } from './scenarios/redis-cluster.ts';
import { redisDemoted } from './scenarios/redis-demoted.ts';
import { sentinelFailover } from './scenarios/sentinel-failover.ts';

/** By the names under which `npm run test:topology` runs them. */
export const scenarios: Record<string, Scenario> = {
  'pgbouncer-restarted': pgbouncerRestarted,
  'postgres-killed': postgresKilled,
  'redis-demoted': redisDemoted,
  'sentinel-failover': sentinelFailover,
  'redis-cluster': redisCluster,
};
