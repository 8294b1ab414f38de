import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { SeatStatus } from '../../database/schema.ts';
import type { Changes } from '../../realtime/changes.ts';
import { seatChanges } from './seat-changes.ts';

export interface NewBlock {
  id: string;
  event_id: string;
  reason: string;
  release_at: string | null;
  created_by: string;
}

/** Seats that a block didn't get, by what they are. */
export interface NotBlocked {
  held: string[];
  sold: string[];
  blocked: string[];
}

export interface Blocked {
  blocked: string[];
  not_blocked: NotBlocked;
  /** The block is new. */
  made: boolean;
  changes: Changes[];
}

/**
 * Blocks those of the seats that are available; a seat that is held or sold stays with its owner. Like a batch, it locks the seats in the
 * order of their ids before it reads them, so that each seat goes to one of the two. The block is made with its first seat. Its own seats
 * count as blocked now, so that the call can be repeated.
 */
export async function blockSeats(trx: Db, block: NewBlock, seatIds: string[]): Promise<Blocked> {
  const { rows: seats } = await sql<{ id: string; status: SeatStatus }>`
    SELECT id, status FROM seats WHERE id = ANY (${seatIds}::uuid[]) ORDER BY id FOR NO KEY UPDATE`.execute(
    trx,
  );
  const having = (status: SeatStatus) => seats.filter((seat) => seat.status === status).map(({ id }) => id);
  const available = having('available');
  let made = false;
  if (available.length > 0) {
    const [{ numInsertedOrUpdatedRows = 0n } = {}] = await trx
      .insertInto('seat_blocks')
      .values(block)
      .onConflict((known) => known.doNothing())
      .execute();
    made = numInsertedOrUpdatedRows > 0n;
    await sql`
      INSERT INTO blocked_seats (seat_id, block_id)
      SELECT id, ${block.id} FROM unnest(${available}::uuid[]) AS s (id)`.execute(trx);
  }
  const { mine, others } = await ownersOf(trx, block.id, having('blocked'));
  return {
    blocked: [...available, ...mine],
    not_blocked: { held: having('locked'), sold: having('reserved'), blocked: others },
    made,
    changes: await seatChanges(trx, available),
  };
}

async function ownersOf(trx: Db, blockId: string, seatIds: string[]) {
  if (seatIds.length === 0) return { mine: [], others: [] };
  const { rows } = await sql<{ seat_id: string }>`
    SELECT seat_id FROM blocked_seats WHERE seat_id = ANY (${seatIds}::uuid[]) AND block_id = ${blockId}`.execute(
    trx,
  );
  const mine = new Set(rows.map(({ seat_id }) => seat_id));
  return { mine: [...mine], others: seatIds.filter((id) => !mine.has(id)) };
}
