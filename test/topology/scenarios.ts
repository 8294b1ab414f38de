import type { Scenario } from './scenario.ts';
import { clocksApart } from './scenarios/clocks-apart.ts';
import { instanceCutOff } from './scenarios/instance-cut-off.ts';
import { instancePaused } from './scenarios/instance-paused.ts';
import { pgbouncerRestarted } from './scenarios/pgbouncer-restarted.ts';
import { postgresDemoted } from './scenarios/postgres-demoted.ts';
import { postgresDiskFull } from './scenarios/postgres-disk-full.ts';
import { postgresKilled } from './scenarios/postgres-killed.ts';
import { redisCluster } from './scenarios/redis-cluster.ts';
import { redisDemoted } from './scenarios/redis-demoted.ts';
import { rollingRestart } from './scenarios/rolling-restart.ts';
import { sentinelFailover } from './scenarios/sentinel-failover.ts';

/** By the names under which `npm run test:topology` runs them. */
export const scenarios: Record<string, Scenario> = {
  'pgbouncer-restarted': pgbouncerRestarted,
  'postgres-killed': postgresKilled,
  'postgres-demoted': postgresDemoted,
  'postgres-disk-full': postgresDiskFull,
  'redis-demoted': redisDemoted,
  'sentinel-failover': sentinelFailover,
  'redis-cluster': redisCluster,
  'rolling-restart': rollingRestart,
  'instance-paused': instancePaused,
  'instance-cut-off': instanceCutOff,
  'clocks-apart': clocksApart,
};
