import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeldSeats } from '../../../../src/contract/schemas.ts';
import type { Chosen } from '../../../../src/sales/best-available/hall-choices.ts';
import type { Decision } from '../../../../src/sales/group-commit/decide.ts';
import type { BestRequest, HoldRequest } from '../../../../src/sales/hold-request.ts';
import {
  bestFor,
  factsOf,
  judge,
  keyed,
  kinds,
  SEATS,
  STOCK,
  seatsFor,
  settings,
  ticketsFor,
  USERS,
  type World,
} from './world.ts';

/** The promises that every decision keeps, whatever is asked and whatever was true before. */
function expectSound(decision: Decision, requests: HoldRequest[], world: World): void {
  const { outcomes, writes, touched } = decision;
  const seats = writes.claims.flatMap(({ seat_id }) => seat_id ?? []);
  expect(new Set(seats).size, 'a seat is granted once').toBe(seats.length);
  for (const seat of seats)
    expect(world.taken ?? [], 'a taken seat is not granted').not.toContain(SEATS.indexOf(seat));
  STOCK.forEach((type, index) => {
    const sold = writes.claims
      .filter((claim) => claim.ticket_type_id === type)
      .reduce((sum, claim) => sum + claim.quantity, 0);
    expect(sold, 'no more than there is').toBeLessThanOrEqual(world.stock?.[index] ?? 10);
  });
  USERS.forEach((user, index) => {
    const own = new Set(writes.reservations.filter((row) => row.user_id === user).map(({ id }) => id));
    const claims = writes.claims.filter((claim) => own.has(claim.reservation_id));
    const count = (of: typeof claims) => of.reduce((sum, claim) => sum + claim.quantity, 0);
    const newSeats = count(claims.filter(({ seat_id }) => seat_id));
    const newTickets = count(claims.filter(({ ticket_type_id }) => ticket_type_id));
    if (newSeats > 0)
      expect(newSeats + (world.seatsHeld?.[index] ?? 0)).toBeLessThanOrEqual(settings.maxSeatsPerUser);
    if (newTickets > 0)
      expect(newTickets + (world.ticketsHeld?.[index] ?? 0)).toBeLessThanOrEqual(settings.maxTicketsPerUser);
  });

  const granted = outcomes.flatMap((outcome) =>
    outcome.kind === 'granted' ? outcome.answer.reservation : [],
  );
  expect(granted.map(({ id }) => id)).toEqual(writes.reservations.map(({ id }) => id));
  for (const reservation of granted) {
    const { id, totalAmount } = reservation;
    const { seats: held = [] } = reservation as Partial<HeldSeats>;
    const claims = writes.claims.filter((claim) => claim.reservation_id === id);
    expect(claims.reduce((sum, claim) => sum + claim.quantity * claim.unit_price, 0)).toBe(totalAmount);
    expect(claims.flatMap(({ seat_id }) => seat_id ?? []).sort()).toEqual(held.map((seat) => seat.id).sort());
  }
  outcomes.forEach((outcome, index) => {
    const { idempotency, userId } = requests[index] as HoldRequest;
    const kept = writes.keys.filter((row) => row.user_id === userId && row.key === idempotency?.key);
    if (outcome.kind === 'granted') expect(kept).toHaveLength(idempotency ? 1 : 0);
  });
  expect(touched.flatMap((each) => each.seats.map(({ seatId }) => seatId)).sort()).toEqual(seats.sort());
}

const user = fc.constantFrom(...USERS);
const request: fc.Arbitrary<HoldRequest> = fc.oneof(
  fc
    .tuple(user, fc.uniqueArray(fc.constantFrom(...SEATS), { minLength: 1, maxLength: 5 }))
    .map((args) => seatsFor(...args)),
  fc
    .tuple(
      user,
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 2 }).filter((q) => q.some(Boolean)),
    )
    .map((args) => ticketsFor(...args)),
  fc.tuple(user, fc.integer({ min: 1, max: 5 })).map((args) => bestFor(...args)),
);
const requests = fc.array(
  fc
    .tuple(request, fc.boolean(), fc.uuid())
    .map(([each, key, name]) => (key ? { ...each, ...keyed(name) } : each)),
  { minLength: 1, maxLength: 25, size: 'max' },
);
const world: fc.Arbitrary<World> = fc.record({
  taken: fc.uniqueArray(fc.nat(SEATS.length - 1)),
  stock: fc.array(fc.nat(20), { minLength: 2, maxLength: 2 }),
  seatsHeld: fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
  ticketsHeld: fc.array(fc.nat(8), { minLength: 4, maxLength: 4 }),
});

/** Chooses as a hall does: no seat for two requests, though another request may name it. */
function chooseFor(asked: HoldRequest[], { taken = [] }: World): Map<BestRequest, Chosen> {
  const free = SEATS.filter((_, index) => !taken.includes(index));
  return new Map(
    asked.flatMap((each): [BestRequest, Chosen][] => {
      if (each.kind !== 'best') return [];
      const seatIds = free.splice(0, each.quantity);
      const served = seatIds.length === each.quantity;
      return [
        [each, served ? { kind: 'chosen', seatIds, adjacent: true } : { kind: 'refused', code: 'SOLD_OUT' }],
      ];
    }),
  );
}

test('no batch grants a seat twice, more stock than there is, or more than a user may have', () => {
  fc.assert(
    fc.property(requests, world, (asked, before) => {
      expectSound(judge(asked, factsOf(before), chooseFor(asked, before)), asked, before);
    }),
    { numRuns: 500 },
  );
});

test('the control: deciding each request without the others fails the same property', () => {
  const forgetful = (asked: HoldRequest[], before: World): Decision => {
    const parts = asked.map((each) => judge([each], factsOf(before), chooseFor([each], before)));
    return {
      outcomes: parts.flatMap(({ outcomes }) => outcomes),
      touched: parts.flatMap(({ touched }) => touched),
      writes: {
        reservations: parts.flatMap(({ writes }) => writes.reservations),
        claims: parts.flatMap(({ writes }) => writes.claims),
        keys: parts.flatMap(({ writes }) => writes.keys),
      },
    };
  };
  const { failed } = fc.check(
    fc.property(requests, world, (asked, before) => expectSound(forgetful(asked, before), asked, before)),
    { numRuns: 500 },
  );
  expect(failed).toBe(true);
});

test('a refusal takes nothing: the requests after it are served as if it had not been there', () => {
  fc.assert(
    fc.property(requests, world, (asked, before) => {
      const whole = judge(asked, factsOf(before), chooseFor(asked, before));
      const served = asked.filter((_, index) => whole.outcomes[index]?.kind === 'granted');
      const chosen = new Map([...chooseFor(asked, before)].filter(([each]) => served.includes(each)));
      expect(new Set(kinds(judge(served, factsOf(before), chosen)))).toEqual(
        new Set(served.length > 0 ? ['granted'] : []),
      );
    }),
  );
});
