import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { SQLSTATE, usePlainSql } from './plain-sql.ts';

const plain = usePlainSql();

const STATES = ['pending', 'confirmed', 'cancelled', 'expired'] as const;
const WAYS: Record<string, string[]> = {
  pending: [],
  confirmed: ['confirmed'],
  cancelled: ['cancelled'],
  expired: ['expired'],
};
const ALLOWED = [
  'pending confirmed',
  'pending cancelled',
  'pending expired',
  'confirmed cancelled',
  'expired confirmed',
];
const transitions = STATES.flatMap((from) =>
  STATES.filter((to) => to !== from).map((to) => [from, to] as const),
);

test.each(transitions)(
  'a reservation goes from %s to %s only if the state machine allows it',
  async (from, to) => {
    const { reservation } = await plain.begin();
    for (const step of WAYS[from] as string[]) await plain.turn(reservation, step).execute(plain.db);
    const attempt = plain.turn(reservation, to).execute(plain.db);
    if (ALLOWED.includes(`${from} ${to}`)) await attempt;
    else await expect(attempt).rejects.toMatchObject({ code: SQLSTATE.integrity });
    expect(await plain.statusOf(reservation)).toBe(ALLOWED.includes(`${from} ${to}`) ? to : from);
  },
);

test.each(['cancelled', 'expired'])(
  'a reservation that is %s returns its claims once, and takes no new ones',
  async (status) => {
    const { seat, free, type, reservation } = await plain.begin();
    await plain.turn(reservation, status).execute(plain.db);
    await expect(plain.release(reservation).execute(plain.db)).rejects.toMatchObject({
      code: SQLSTATE.integrity,
    });
    await plain.turn(reservation, status).execute(plain.db);
    expect([await plain.seatStatus(seat), await plain.available(type)]).toEqual(['available', 5]);
    await expect(plain.addClaim(reservation, free).execute(plain.db)).rejects.toMatchObject({
      code: SQLSTATE.integrity,
    });
    const again =
      sql`UPDATE reservation_items SET released_at = NULL WHERE reservation_id = ${reservation}`.execute(
        plain.db,
      );
    await expect(again).rejects.toMatchObject({ code: SQLSTATE.integrity });
  },
);
