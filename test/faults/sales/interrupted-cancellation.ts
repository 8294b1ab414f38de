import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { createDatabase, type Db } from '../../../src/database/database.ts';
import { hold } from '../../support/locks.ts';
import type { Bed } from '../harness/backends.ts';
import type { Cancellation } from './evidence.ts';
import { organizerOf } from './organizer.ts';

const HALF_WITHIN_MS = 10_000;

interface Interrupted {
  cancellation: Cancellation;
  live: number;
  done: number;
}

/** Cancels the event of the stage that is to be cancelled, and kills the instance in the middle. */
export async function cancelHalf({ instances, postgres, stage }: Bed, number: number): Promise<Interrupted> {
  const eventId = stage.events.find(({ keep }) => keep)?.id as string;
  const db = createDatabase({ ...postgres.primary().connection, ssl: 'off', poolSize: 2 }, () => undefined);
  try {
    // A cancellation goes on without the reservations that are locked, and comes back for them.
    const letGo = await hold(db, (trx) =>
      sql`SELECT FROM reservations WHERE event_id = ${eventId} AND status IN ('pending', 'confirmed')
        AND get_byte(uuid_send(id), 15) % 2 = 0 FOR UPDATE`.execute(trx),
    );
    const cancellation = await organizerOf(stage).cancel(eventId, number);
    const { live, done } = await untilHalf(db, eventId);
    await instances[number]?.kill();
    await letGo();
    return { cancellation, live, done };
  } finally {
    await db.destroy();
  }
}

/** Resolves when some reservations are cancelled and committed. */
async function untilHalf(db: Db, eventId: string): Promise<{ live: number; done: number }> {
  const deadline = Date.now() + HALF_WITHIN_MS;
  for (;;) {
    const { rows } = await sql<{ live: number; done: number }>`
      SELECT done, (SELECT count(*) FROM reservations WHERE event_id = c.event_id
        AND status IN ('pending', 'confirmed'))::integer + done AS live
      FROM event_cancellations c WHERE event_id = ${eventId}`.execute(db);
    const [found] = rows;
    if (found && found.done > 0) return found;
    if (Date.now() > deadline) throw new Error('No reservation of the event was cancelled');
    await sleep(10);
  }
}
