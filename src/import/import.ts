import type { Db } from '../database/database.ts';
import { plan } from './plan.ts';
import type { Progress } from './progress.ts';
import { type Proof, prove } from './proof.ts';
import { openReport, writeReport } from './report.ts';
import { openSource } from './source.ts';
import { stage } from './stage.ts';
import { prepareTarget, releaseTarget } from './target.ts';
import { write } from './write.ts';

/** Rows of small events that share a transaction. */
const CHUNK_ROWS = 5_000;

export interface ImportRequest {
  /** The address of the existing service's database. */
  from: string;
  timezone: string;
  dryRun: boolean;
  /** Where the report goes, a line of JSON for each row that a rule settled. */
  report: string;
}

/**
 * Takes over what the existing Tiketi service has in its database. Rows that are here already stay as they are, so that a second run
 * brings only what is new, and one after an interruption brings the rest.
 */
export async function importFrom(
  db: Db,
  { from, timezone, dryRun, report }: ImportRequest,
  progress: Progress,
  chunkRows = CHUNK_ROWS,
): Promise<Proof> {
  // Temporary tables live as long as their connection.
  return await db.connection().execute(async (target) => {
    const zone = await prepareTarget(target, timezone, dryRun);
    const source = await openSource(from, zone);
    try {
      const file = await openReport(report);
      await stage(target, source, zone, progress);
      await plan(target);
      await writeReport(target, file);
      if (!dryRun) await record(target, zone, () => write(target, chunkRows, progress));
      return await prove(target, source, dryRun);
    } finally {
      await source.close();
      await releaseTarget(target);
    }
  });
}

async function record(db: Db, timezone: string, work: () => Promise<void>): Promise<void> {
  const { id } = await db
    .insertInto('imports')
    .values({ timezone })
    .returning('id')
    .executeTakeFirstOrThrow();
  await work();
  await db.updateTable('imports').set({ finished_at: new Date() }).where('id', '=', id).execute();
}
