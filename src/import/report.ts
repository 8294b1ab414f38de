import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { SolvableError } from '../errors/solvable.ts';

const LINES_A_READ = 5_000;

/** @throws SolvableError if the file exists or can't be written */
export async function openReport(path: string): Promise<Writable> {
  const file = createWriteStream(path, { flags: 'wx' });
  try {
    await once(file, 'open');
  } catch (error) {
    throw new SolvableError(`The report can't be written: ${(error as Error).message}`);
  }
  return file;
}

/** Writes a line of JSON for each row that a rule settled. */
export async function writeReport(db: Db, file: Writable): Promise<void> {
  let last = 0;
  for (;;) {
    const { rows } = await sql<{ n: number; line: string }>`
      SELECT n, json_build_object('rule', rule, 'table', entity, 'id', id, 'event_id', event_id, 'was', was, 'becomes', becomes)::text AS line
      FROM findings WHERE n > ${last} ORDER BY n LIMIT ${LINES_A_READ}`.execute(db);
    const end = rows.at(-1);
    if (!end) break;
    last = end.n;
    if (!file.write(`${rows.map(({ line }) => line).join('\n')}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
