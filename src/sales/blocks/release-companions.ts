import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import type { Db } from '../../database/database.ts';

/**
 * Lets the companion seats of events be sold by themselves from their release time on. Any number of instances may do so at once. Each
 * event has a transaction of its own: it waits for batches that sell, and must hold nothing that they wait for.
 */
export async function releaseCompanions(db: Db): Promise<void> {
  const due = await sql<{ id: string }>`
    SELECT e.id FROM events e JOIN event_seats s ON s.event_id = e.id
    WHERE e.companion_release_at <= now() AND e.event_date > now() AND s.total > 0 AND NOT s.companions_released`.execute(
    db,
  );
  for (const { id } of due.rows)
    await db.transaction().execute(async (trx) => {
      // Its organizer may be setting another time at this moment.
      const { rows } = await sql<{ companion_release_at: string }>`
        SELECT companion_release_at FROM events WHERE id = ${id} AND companion_release_at <= now()
        FOR NO KEY UPDATE`.execute(trx);
      const [event] = rows;
      if (!event) return;
      const { numAffectedRows } = await sql`
        UPDATE event_seats SET companions_released = true
        WHERE event_id = ${id} AND NOT companions_released`.execute(trx);
      if (!numAffectedRows) return;
      const { companion_release_at } = event;
      await record(trx, 'system', {
        action: 'event.release_companions',
        entityId: id,
        eventId: id,
        before: { companion_release_at, companions_released: false },
        after: { companion_release_at, companions_released: true },
      });
    });
}
