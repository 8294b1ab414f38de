import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCluster, USER } from '../../../src/embedded/postgres/cluster.ts';
import { findHome } from '../../../src/embedded/postgres/home.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually } from '../../support/wait.ts';
import { type PostgresServer, postgresServer } from './postgres-server.ts';

const IN_SYNC_WITHIN_MS = 20_000;

/**
 * Starts a primary and its standby.
 *
 * @param settings of both servers
 */
export async function startPostgresPair(
  directory: string,
  settings: string[],
): Promise<[primary: PostgresServer, standby: PostgresServer]> {
  const home = await findHome(directory, {
    info: () => undefined,
    warn: () => undefined,
    error: console.error,
  });
  const clusters = ['one', 'two'].map((name) => join(home.directory, name)) as [string, string];
  await prepareCluster(home, clusters[0], ['--no-sync']);
  // A standby begins as a copy of its primary. `-a` keeps owners and modes, which PostgreSQL checks.
  execFileSync('cp', ['-a', ...clusters]);
  const password = readFileSync(join(clusters[0], 'password'), 'utf8');
  const connectionTo = (port: number) => ({
    host: '127.0.0.1',
    port,
    user: USER,
    password,
    database: 'postgres',
  });
  const [one, two] = [connectionTo(await freePort()), connectionTo(await freePort())];
  const primary = postgresServer(home, clusters[0], one, two, settings);
  const standby = postgresServer(home, clusters[1], two, one, settings);
  standby.becomeStandby();
  await primary.start();
  await standby.start();
  return [primary, standby];
}

/** Resolves when the standby follows its primary; a synchronous one has everything then, and commits are answered. */
export async function follows(primary: PostgresServer, state: 'sync' | 'async'): Promise<void> {
  await eventually(
    async () => {
      const [row] = await primary.run(`SELECT FROM pg_stat_replication WHERE sync_state = '${state}'`);
      if (!row) throw new Error('the standby does not follow its primary');
    },
    { timeout: IN_SYNC_WITHIN_MS },
  );
}
