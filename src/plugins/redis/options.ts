import type { RedisOptions } from 'ioredis';
import type { RedisSettings } from '../../config/servers.ts';
import './time-limit.ts';

export type Behaviour = Omit<RedisOptions, 'replyMapping'>;

/** Connects to the Redis of the settings, with the behaviour that the user of the connection needs. */
export function redisOptions(settings: RedisSettings, behaviour: Behaviour): Behaviour {
  return { ...whereToConnect(settings), ...nodeOptions(settings, behaviour) };
}

/** The same without an address, for any node of a cluster. */
export function nodeOptions(settings: RedisSettings, behaviour: Behaviour): Behaviour {
  return {
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
