import { sql } from 'kysely';
import pg from 'pg';
import { inject } from 'vitest';
import type { Service } from '../support/service.ts';

/** Takes PostgreSQL away from one service: ends its connections and refuses new ones. Other services keep theirs. */
export async function takePostgresAway({ db }: Service): Promise<{ giveBack: () => Promise<void> }> {
  const { rows } = await sql<{ name: string }>`SELECT current_database() AS name`.execute(db);
  const name = rows[0]?.name as string;
  const admin = new pg.Client({ ...inject('postgres'), database: 'postgres' });
  await admin.connect();
  await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  return {
    async giveBack() {
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await admin.end();
    },
  };
}
