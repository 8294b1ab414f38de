import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';

/** How long it waits for all of the locks, and how long it lets others go on before it tries again. */
const WAIT_MS = 300;
const PAUSE_MS = 200;
/** SQLSTATEs of a lock that another transaction kept for too long, and of a deadlock. */
const BUSY = /^(55P03|40P01)$/;

/**
 * Locks tables for a migration while instances of the version before sell. No order of the tables is right for all of their
 * transactions: a batch reads the event before it writes the reservation, and a payment does the opposite. So it gives up before
 * PostgreSQL takes it for a deadlock, which would end the migration or the payment, and tries again.
 */
export async function lockTables(trx: Kysely<unknown>, tables: string[]): Promise<void> {
  const all = sql.join(tables.map((table) => sql.table(table)));
  for (;;) {
    await sql`SAVEPOINT unlocked`.execute(trx);
    try {
      const { rows } = await sql<{ usual: string }>`SELECT current_setting('lock_timeout') AS usual`.execute(
        trx,
      );
      await sql`SELECT set_config('lock_timeout', ${String(WAIT_MS)}, true)`.execute(trx);
      await sql`LOCK TABLE ${all} IN ACCESS EXCLUSIVE MODE`.execute(trx);
      await sql`SELECT set_config('lock_timeout', ${rows[0]?.usual}, true)`.execute(trx);
      return;
    } catch (error) {
      if (!BUSY.test(String((error as { code?: unknown }).code))) throw error;
      await sql`ROLLBACK TO SAVEPOINT unlocked`.execute(trx);
    }
    await sleep(PAUSE_MS);
  }
}
