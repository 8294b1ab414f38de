import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPatientDatabase } from '../../../src/database/database.ts';
import { importFrom } from '../../../src/import/import.ts';
import type { Progress } from '../../../src/import/progress.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { Source } from './source.ts';

interface Finding {
  rule: string;
  table: string;
  id: string;
  event_id: string | null;
  was: unknown;
  becomes: unknown;
}

interface Options {
  timezone?: string;
  dryRun?: boolean;
  progress?: Progress;
  chunkRows?: number;
}

/** Imports as the command does, on a connection of its own, and reads the report. */
export async function runImport(
  source: Pick<Source, 'address'>,
  target: TestDatabase,
  options: Options = {},
) {
  const report = join(tmpdir(), `tiketi-import-${randomUUID()}.ndjson`);
  const { timezone = 'Asia/Seoul', dryRun = false, progress = () => undefined, chunkRows } = options;
  const db = createPatientDatabase(target.settings, () => undefined);
  try {
    const request = { from: source.address, timezone, dryRun, report };
    const proof = await importFrom(db, request, progress, chunkRows);
    const lines = readFileSync(report, 'utf8').split('\n').filter(Boolean);
    return { ...proof, findings: lines.map((line) => JSON.parse(line) as Finding) };
  } finally {
    rmSync(report, { force: true });
    await db.destroy();
  }
}
