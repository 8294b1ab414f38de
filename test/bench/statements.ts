import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';

/** PostgreSQL's own count of the time of its statements, including those within functions and triggers. */
export interface Statements {
  start(): Promise<void>;
  /** Writes the counts since the start, the most expensive statements first. */
  write(name: string, answers: number): Promise<void>;
}

interface Row {
  calls: number;
  ms: number;
  mean: number;
  rows: number;
  query: string;
}

export async function countStatements(pool: pg.Pool, folder: string): Promise<Statements> {
  await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  return {
    async start() {
      await pool.query('SELECT pg_stat_statements_reset()');
    },
    async write(name, answers) {
      const { rows } = await pool.query<Row>(`
        SELECT calls::integer, total_exec_time AS ms, mean_exec_time AS mean, rows::integer, query
        FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 25`);
      const lines = rows.map(({ calls, ms, mean, rows: count, query }) =>
        [
          `${ms.toFixed(0)} ms in ${calls} calls of ${mean.toFixed(3)} ms, ${count} rows`,
          `${((ms * 1_000) / answers).toFixed(1)} µs an answer: ${query.replace(/\s+/g, ' ').slice(0, 300)}`,
        ].join('\n  '),
      );
      writeFileSync(join(folder, `${name}.statements.txt`), `${answers} answers\n\n${lines.join('\n\n')}\n`);
    },
  };
}
