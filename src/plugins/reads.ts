import fp from 'fastify-plugin';
import type { ReplicaSettings } from '../config/servers.ts';
import { createPublicPool, createReportPool, type Db, databaseOver } from '../database/database.ts';
import { ReadReplica } from '../database/replica.ts';

/** Reads that may go to a replica of PostgreSQL. Nothing that they read is missing there: see ReadReplica. */
export interface Reads {
  /** Whether they go there now. */
  readonly replicaUsed: boolean;
  /** A short read for callers without an account. */
  list<T>(query: (db: Db) => Promise<T>): Promise<T>;
  /** A report on a whole event. It may be read again if the replica fails. */
  report<T>(query: (db: Db) => Promise<T>): Promise<T>;
  /** Where to begin an export, which can't be read again after its first rows. */
  exportFrom(): Promise<Db>;
}

declare module 'fastify' {
  interface FastifyInstance {
    reads: Reads;
  }
}

const LIST_CONNECTIONS = 3;
/** A report and an export. */
const REPORT_CONNECTIONS = 2;

export default fp<{ settings: ReplicaSettings | undefined }>(
  async (app, { settings }) => {
    const { db, publicDb, reportDb } = app;
    if (!settings) {
      app.decorate('reads', {
        replicaUsed: false,
        list: (query) => query(publicDb),
        report: (query) => query(reportDb),
        exportFrom: async () => reportDb,
      });
      return;
    }
    // A failure there says nothing about the primary.
    const onSuspect = () => undefined;
    const lists = databaseOver(createPublicPool({ ...settings, poolSize: LIST_CONNECTIONS }, onSuspect));
    const reports = databaseOver(createReportPool({ ...settings, poolSize: REPORT_CONNECTIONS }, onSuspect));
    const replica = new ReadReplica(db, lists, settings.maxLagMs, app.log);
    app.decorate('reads', {
      get replicaUsed() {
        return replica.used;
      },
      list: (query) => replica.read(publicDb, lists, query),
      report: (query) => replica.read(reportDb, reports, query),
      exportFrom: () => replica.currentOf(reportDb, reports),
    });
    app.addHook('onClose', async () => {
      await replica.stop();
      await Promise.all([lists.destroy(), reports.destroy()]);
    });
  },
  { name: 'reads', dependencies: ['database'] },
);
