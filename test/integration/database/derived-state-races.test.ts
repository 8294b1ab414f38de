import { type RawBuilder, sql } from 'kysely';
import { expect, test } from 'vitest';
import { seedEvent } from '../../support/events.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { untilEndedOrWaiting } from '../../support/locks.ts';
import { SQLSTATE, usePlainSql } from './plain-sql.ts';

const plain = usePlainSql();

/** Runs `first`, and `second` on another connection before `first` is committed. */
async function whileUncommitted(first: RawBuilder<unknown>, second: RawBuilder<unknown>): Promise<void> {
  let later: Promise<unknown> = Promise.resolve();
  await plain.db.transaction().execute(async (trx) => {
    await first.execute(trx);
    later = second.execute(plain.db).catch(() => undefined);
    await untilEndedOrWaiting(plain.db, later, 1);
  });
  await later;
}

test.each(['cancelled', 'expired', 'confirmed'])(
  'a claim that is added while its reservation becomes %s agrees with it in the end',
  async (status) => {
    const { free, reservation } = await plain.begin();
    await whileUncommitted(plain.turn(reservation, status), plain.addClaim(reservation, free));
    const claimed = await plain.seatStatus(free);
    if (status === 'confirmed') expect(['available', 'reserved']).toContain(claimed);
    else expect(claimed).toBe('available');
  },
);

test('two cancellations and an expiry at once return the claims once', async () => {
  const { seat, type, reservation } = await plain.begin();
  await Promise.allSettled(
    ['cancelled', 'expired', 'cancelled'].map((status) => plain.turn(reservation, status).execute(plain.db)),
  );
  expect([await plain.seatStatus(seat), await plain.available(type)]).toEqual(['available', 5]);
});

const REFUSALS = [SQLSTATE.unique, SQLSTATE.check, SQLSTATE.integrity, '40P01', '55P03'];

test('the invariants hold under claims, cancellations, early and late payments, expiry, blocks and an operator at once', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seedEvent(plain.db, { seats: 8, stock: [12, 6] });
  const made: string[] = [];
  const outcomes: Record<string, number> = {};
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const pick = <T>(list: readonly T[]) => list[random(list.length)] as T;

  async function act(): Promise<void> {
    const id = pick(made);
    const deed =
      id === undefined
        ? 'claim'
        : pick([
            'claim',
            'claim',
            'confirmed',
            'cancelled',
            'expired',
            'total',
            'several',
            'block',
            'release',
          ]);
    if (deed === 'claim') {
      const tickets: [string, number][] = ticketTypeIds.map((type) => [type, 1 + random(3)]);
      made.push(
        await plain.claim(eventId, {
          seats: random(2) ? [pick(seatIds)] : [...new Set([pick(seatIds), pick(seatIds), pick(seatIds)])],
          tickets: random(2) ? tickets.slice(random(2)) : [],
        }),
      );
    } else if (deed === 'total') {
      await sql`UPDATE ticket_types SET total_quantity = ${4 + random(12)} WHERE id = ${pick(ticketTypeIds)}`.execute(
        plain.db,
      );
    } else if (deed === 'block') {
      await plain.block(eventId, pick(seatIds));
    } else if (deed === 'release') {
      await sql`DELETE FROM blocked_seats WHERE seat_id IN (SELECT seat_id FROM blocked_seats LIMIT 1)`.execute(
        plain.db,
      );
    } else if (deed === 'several') {
      const ids = [id, pick(made), pick(made)];
      await sql`UPDATE reservations SET status = 'expired' WHERE id = ANY (${ids}::uuid[]) AND status = 'pending'`.execute(
        plain.db,
      );
    } else {
      await plain.turn(id, deed).execute(plain.db);
    }
    outcomes[deed] = (outcomes[deed] ?? 0) + 1;
  }
  async function attacker(): Promise<void> {
    for (let step = 0; step < 120; step++) {
      await act().catch((error: { code?: string }) => {
        if (!REFUSALS.includes(error.code ?? '')) throw error;
        outcomes.refused = (outcomes.refused ?? 0) + 1;
      });
    }
  }
  let attacking = true;
  const attack = Promise.all(Array.from({ length: 8 }, attacker)).finally(() => {
    attacking = false;
  });
  // Each look sees one moment between transactions.
  const watch = (async () => {
    while (attacking) await expectInvariants(plain.db);
  })();
  await Promise.all([attack, watch]);
  for (const deed of ['claim', 'confirmed', 'cancelled', 'expired', 'total', 'several', 'block', 'refused'])
    expect(outcomes[deed], deed).toBeGreaterThan(5);
});
