import { setTimeout as sleep } from 'node:timers/promises';
import { USER } from '../../../src/embedded/postgres/cluster.ts';
import { startProxy } from '../../support/proxy.ts';
import type { Backend } from './backend.ts';
import { follows, startPostgresPair } from './postgres-pair.ts';
import type { Connection, PostgresServer } from './postgres-server.ts';

/** A primary and its standby behind one address, which leads to the primary. A commit is on both before it is answered. */
export interface BreakablePostgres extends Backend {
  /** The address that the service knows. */
  connection: Connection;
  /** Leads to the server that is the primary now. */
  primary(): PostgresServer;
  /** Ends the primary. */
  end: PostgresServer['end'];
  /** Starts the primary again, and waits for its standby. */
  start(): Promise<void>;
  /**
   * The primary stops, the standby is promoted, and the old primary comes back as its read-only standby. The address leads there for
   * another moment, and then to the new primary. Connections that were opened to the old one stay open.
   */
  switchOver(lateMs: number): Promise<void>;
  /** Breaks all connections. New ones can't write, and stay like that when later ones can again. */
  turnReadOnly(forMs: number): Promise<void>;
}

/** Leads an instance to this server. */
export const environmentOf = ({ host, port, database, user, password }: Connection) => ({
  DB_HOST: host,
  DB_PORT: String(port),
  DB_NAME: database,
  DB_USER: user,
  DB_PASSWORD: password,
});

export async function startBreakablePostgres(directory: string): Promise<BreakablePostgres> {
  let [primary, standby] = await startPostgresPair(directory, ['synchronous_standby_names=*']);
  const proxy = await startProxy(primary.connection);
  const inSync = () => follows(primary, 'sync');
  await inSync();
  const connection = { ...primary.connection, port: proxy.port };
  return {
    connection,
    environment: environmentOf(connection),
    primary: () => primary,
    end: (signal) => primary.end(signal),
    async start() {
      await primary.start();
      await inSync();
    },
    async switchOver(lateMs) {
      // A fast end waits until the standby has everything.
      await primary.end('SIGINT');
      [primary, standby] = [standby, primary];
      await primary.run('SELECT pg_promote(wait => true)');
      standby.becomeStandby();
      await standby.start();
      await inSync();
      await sleep(lateMs);
      proxy.leadTo(primary.connection);
    },
    async turnReadOnly(forMs) {
      const asWriter = 'SET default_transaction_read_only = off';
      await primary.run(
        asWriter,
        `ALTER ROLE ${USER} SET default_transaction_read_only = on`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      await sleep(forMs);
      await primary.run(asWriter, `ALTER ROLE ${USER} RESET default_transaction_read_only`);
    },
    async stop() {
      await proxy.close();
      await Promise.all([primary.stop(), standby.stop()]);
    },
  };
}
