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
  return { host, port, username: undefined, password, database: 0, tls: false, sentinel: undefined };
}
