import type { RedisSettings } from '../../../src/config/servers.ts';

/** How the service reaches a Redis that has no users and no TLS. */
export function redisSettings({
  host,
  port,
  password,
}: {
  host: string;
  port: number;
  password?: string | undefined;
}): RedisSettings {
  const none = { username: undefined, sentinel: undefined, cluster: undefined };
  return { host, port, password, database: 0, tls: false, ...none };
}
