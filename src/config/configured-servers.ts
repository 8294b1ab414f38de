import type { Environment, variables } from './environment.ts';
import type { DatabaseSettings, RedisSettings } from './servers.ts';
import type { Host, Values } from './variable.ts';

type Read = Values<typeof variables>;

/** @returns `undefined` if PostgreSQL is not configured, so that the service starts its own; never in production */
export function databaseSettings(values: Read, environment: Environment): DatabaseSettings | undefined {
  const isConfigured = environment.DB_HOST || values.DATABASE_URL;
  if (!isConfigured && values.NODE_ENV !== 'production') return undefined;
  const [first, ...more] = values.DATABASE_URL?.hosts ?? values.DB_HOST;
  const at = ({ host, port = values.DB_PORT }: Host) => ({ host, port });
  const primary = {
    ...at(first as Host),
    ...(more.length > 0 && { others: more.map(at) }),
    database: values.DB_NAME,
    user: values.DB_USER,
    password: values.DB_PASSWORD,
    ssl: values.DB_SSL,
    ...values.DATABASE_URL?.rest,
    poolSize: values.DB_POOL_SIZE,
  };
  const [replica] = values.DATABASE_READ_URL?.hosts ?? [values.DB_READ_HOST];
  if (!replica) return primary;
  const maxLagMs = values.DB_READ_MAX_LAG_MS;
  return {
    ...primary,
    replica: { ...primary, ...values.DATABASE_READ_URL?.rest, ...at(replica), maxLagMs },
  };
}

/** @returns what contradicts a replica */
export function replicaProblems(values: Read, environment: Environment): string[] {
  const { DATABASE_READ_URL: url, DB_READ_HOST: host } = values;
  if (!url && !host) return [];
  const name = url ? 'DATABASE_READ_URL' : 'DB_READ_HOST';
  return [
    ...(url && host ? ['DATABASE_READ_URL is set, and DB_READ_HOST too: expected one of them'] : []),
    ...(url && url.hosts.length > 1 ? [`${name} names ${url.hosts.length} hosts: expected one`] : []),
    ...(databaseSettings(values, environment)
      ? []
      : [`${name} is set: expected DATABASE_URL or DB_HOST for its primary, too`]),
  ];
}

/** @returns `undefined` if Redis is not configured, so that the service starts its own; never in production */
export function redisSettings(values: Read, environment: Environment): RedisSettings | undefined {
  const isConfigured =
    environment.REDIS_HOST || values.REDIS_URL || values.REDIS_SENTINELS || values.REDIS_CLUSTER;
  if (!isConfigured && values.NODE_ENV !== 'production') return undefined;
  return {
    host: values.REDIS_HOST,
    port: values.REDIS_PORT,
    username: values.REDIS_USERNAME,
    password: values.REDIS_PASSWORD,
    database: values.REDIS_DB,
    tls: values.REDIS_TLS,
    ...values.REDIS_URL,
    sentinel: values.REDIS_SENTINELS && {
      addresses: values.REDIS_SENTINELS,
      master: values.REDIS_SENTINEL_MASTER,
      username: values.REDIS_SENTINEL_USERNAME,
      password: values.REDIS_SENTINEL_PASSWORD,
    },
    cluster: values.REDIS_CLUSTER,
  };
}

/** @returns what contradicts a cluster */
export function redisProblems(values: Read): string[] {
  if (!values.REDIS_CLUSTER) return [];
  const others = (['REDIS_URL', 'REDIS_SENTINELS'] as const).filter((name) => values[name] !== undefined);
  return [
    ...others.map((name) => `REDIS_CLUSTER is set, and ${name} too: expected one of them`),
    ...(values.REDIS_DB === 0
      ? []
      : [
          `REDIS_DB is ${values.REDIS_DB}: expected 0 with REDIS_CLUSTER, since a cluster has no other database`,
        ]),
  ];
}
