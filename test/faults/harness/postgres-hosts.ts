import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from './backend.ts';
import { environmentOf } from './postgres.ts';
import { follows, startPostgresPair } from './postgres-pair.ts';
import type { PostgresServer } from './postgres-server.ts';

/** A primary and its synchronous standby, which instances know by both addresses. */
export interface PostgresHosts extends Backend {
  primary(): PostgresServer;
  /** Kills the primary, and promotes the standby after a moment, as a failover tool does. */
  failOver(afterMs: number): Promise<void>;
}

export async function startPostgresHosts(directory: string): Promise<PostgresHosts> {
  const [first, second] = await startPostgresPair(directory, []);
  // By a file and not by the command line: the standby that is promoted has no standby of its own.
  await first.run("ALTER SYSTEM SET synchronous_standby_names = '*'", 'SELECT pg_reload_conf()');
  await follows(first, 'sync');
  let primary = first;
  const hosts = [first, second].map(({ connection: { host, port } }) => `${host}:${port}`);
  return {
    environment: { ...environmentOf(first.connection), DB_HOST: hosts.join() },
    primary: () => primary,
    async failOver(afterMs) {
      await first.end('SIGQUIT');
      await sleep(afterMs);
      await second.run('SELECT pg_promote(wait => true)');
      primary = second;
    },
    stop: () => Promise.all([first.stop(), second.stop()]),
  };
}
