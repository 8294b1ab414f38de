import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type pg from 'pg';

/** A statement with its values, and in its type the rows that it returns. */
export interface Statement<Row extends object> extends pg.QueryConfig {
  name: string;
  values: unknown[];
  row?: Row;
}

/**
 * A statement in a file, prepared once on each connection: planning it each time would cost as much as running it.
 * The name of `…/best-available/sql/hall.sql` is `best-available/hall`, since folders that share a connection may have
 * files of the same name. PostgreSQL tells names apart by their first 63 bytes.
 */
export function statement<Row extends object>(file: URL): (values: unknown[]) => Statement<Row> {
  const name = `${basename(dirname(dirname(file.pathname)))}/${basename(file.pathname, '.sql')}`;
  const text = readFileSync(file, 'utf8');
  return (values) => ({ name, text, values });
}

/** A PostgreSQL array of ids, numbers and NULLs, which need no quotes. pg would run each value through a regular expression. */
export function arrayOf<T>(rows: readonly T[], value: (row: T) => string | number | null): string {
  return `{${rows.map((row) => value(row) ?? 'NULL').join()}}`;
}

/** A PostgreSQL array of any texts. */
export function arrayOfTexts(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join()}}`;
}

/** Waits for all of them even if one fails: statements that are already sent belong to the same transaction. */
export async function allOf<T extends readonly unknown[]>(
  works: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const outcomes = await Promise.allSettled(works);
  const failed = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed) throw failed.reason;
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as never;
}
