import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { RULES, type Rule } from './rules.ts';
import type { Source, SourceTable } from './source.ts';
import { TABLES } from './source.ts';
import { runFile } from './sql-file.ts';

export interface Proof {
  /** For the terminal. */
  text: string;
  /** Rows that neither side and no rule explains. */
  unexplained: { entity: string; id: string }[];
}

interface Count {
  what: string;
  source: string;
  here: string;
  left_out: string;
  added: string;
}

/** Counts and sums of both sides, and the rules that explain their differences. */
export async function prove(db: Db, source: Source, dryRun: boolean): Promise<Proof> {
  await sql`SELECT set_config('import.dry_run', ${dryRun ? 'on' : 'off'}, false)`.execute(db);
  await runFile(db, 'proof');
  const [counts, flows, rules, rest] = [
    await sql<Count>`SELECT * FROM proof`.execute(db),
    await sql<{ what: string; source: string; here: string; rows: number; won: string | null }>`
      SELECT * FROM flows ORDER BY what, rows DESC, source, here`.execute(db),
    await sql<{ rule: Rule; rows: number }>`
      SELECT rule, count(*) AS rows FROM findings GROUP BY rule ORDER BY rows DESC, rule`.execute(db),
    await sql<{ entity: string; id: string }>`SELECT entity, id FROM unexplained LIMIT 100`.execute(db),
  ];
  const unexplained = [...rest.rows, ...(await lostOnTheWay(source, counts.rows))];
  const sections = [
    table(
      ['', 'source', dryRun ? 'would be here' : 'here', 'left out', 'added'],
      counts.rows.map((row) => [row.what, row.source, row.here, row.left_out, row.added].map(number)),
    ),
    table(
      ['from', 'to', 'rows', 'won'],
      flows.rows.map(({ what, source: from, here, rows, won }) =>
        [`${what}: ${from}`, here, String(rows), won ?? ''].map(number),
      ),
    ),
    table(
      ['rule', 'rows', ''],
      rules.rows.map(({ rule, rows }) => [rule, number(String(rows)), RULES[rule]]),
    ),
    unexplained.length > 0
      ? `Not explained by any rule:\n${unexplained.map(({ entity, id }) => `  ${entity} ${id}`).join('\n')}`
      : 'Every row and every won of the source is accounted for.',
  ];
  return { text: sections.filter((section) => section !== '').join('\n\n'), unexplained };
}

/** The source counts its own rows, so that a row which the copy missed is found. */
async function lostOnTheWay(source: Source, counts: Count[]): Promise<Proof['unexplained']> {
  const lost = [];
  for (const name of Object.keys(TABLES) as SourceTable[]) {
    const [own] = await source.query<{ rows: string }>(`SELECT count(*) AS rows FROM public.${name}`);
    const read = counts.find(({ what }) => what === name)?.source;
    // Items of reservations that were here before are not counted.
    if (name !== 'reservation_items' && own?.rows !== read) lost.push({ entity: name, id: 'count' });
  }
  return lost;
}

const number = (text: string): string => (/^-?\d+$/.test(text) ? BigInt(text).toLocaleString('en') : text);

function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return '';
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumber = (column: number) => rows.every((row) => /^-?[\d,]*$/.test(row[column] ?? ''));
  const aligned = head.map((_, column) => isNumber(column));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          aligned[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
