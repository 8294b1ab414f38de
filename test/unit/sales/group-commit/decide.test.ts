import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';
import type { IdempotencyKey } from '../../../src/idempotency/key.ts';
import { keyLock, pairKey } from '../../../src/idempotency/lock-names.ts';
import { type Chosen, type Decision, decide, type Facts } from '../../../src/sales/group-commit/decide.ts';
import type { HoldRequest } from '../../../src/sales/hold-request.ts';

const settings = loadConfig({ NODE_ENV: 'test', JWT_SECRET: 'x'.repeat(40) }).sale;
const EVENT = randomUUID();
const OTHER_EVENT = randomUUID();
const USERS = Array.from({ length: 4 }, () => randomUUID());
const SEATS: string[] = Array.from({ length: 8 }, () => randomUUID());
const STOCK: string[] = Array.from({ length: 2 }, () => randomUUID());
const [ALICE, BOB] = USERS as [string, string];
const [A1, A2] = SEATS as [string, string];
const [STANDING] = STOCK as [string];

interface World {
  /** Numbers of seats that are taken. */
  taken?: number[];
  stock?: number[];
  seatsHeld?: number[];
  ticketsHeld?: number[];
}

function factsOf({ taken = [], stock = [10, 10], seatsHeld = [], ticketsHeld = [] }: World = {}): Facts {
  return {
    now: Date.parse('2026-07-01T11:00:00Z'),
    events: new Map([
      [EVENT, null],
      [OTHER_EVENT, null],
    ]),
    claims: new Map(
      USERS.map((user, index) => [
        pairKey(user, EVENT),
        { seats: seatsHeld[index] ?? 0, tickets: ticketsHeld[index] ?? 0 },
      ]),
    ),
    keys: new Map(),
    busyKeys: new Set(),
    seats: new Map(
      SEATS.map((id, index) => [
        id,
        {
          id,
          event_id: EVENT,
          label: `A-1-${index + 1}`,
          price: 1_000 * (index + 1),
          status: taken.includes(index) ? 'locked' : 'available',
          version: index,
        },
      ]),
    ),
    stock: new Map(
      STOCK.map((id, index) => [
        id,
        { id, event_id: EVENT, price: 500, available: stock[index] ?? 0, total: 20, version: index },
      ]),
    ),
  };
}

const seatsFor = (userId: string, seatIds: string[], more: Partial<HoldRequest> = {}) =>
  ({ kind: 'seats', userId, eventId: EVENT, seatIds, message: 'held', ...more }) as HoldRequest;
const ticketsFor = (userId: string, quantities: number[], more: Partial<HoldRequest> = {}) =>
  ({
    kind: 'tickets',
    userId,
    eventId: EVENT,
    items: quantities.flatMap((quantity, index) =>
      quantity > 0 ? [{ ticketTypeId: STOCK[index] as string, quantity }] : [],
    ),
    message: 'bought',
    ...more,
  }) as HoldRequest;
const bestFor = (userId: string, quantity: number, more: Partial<HoldRequest> = {}) =>
  ({ kind: 'best', userId, eventId: EVENT, quantity, message: 'held', ...more }) as HoldRequest;
const keyed = (key: string, fingerprint = 'f'): { idempotency: IdempotencyKey } => ({
  idempotency: { key, fingerprint, language: 'ko', requestId: 'r' },
});

const judge = (
  requests: HoldRequest[],
  facts = factsOf(),
  chosen = new Map<HoldRequest, Chosen>(),
  overdue = new Set<string>(),
) => decide(requests, facts, settings, chosen, overdue);
const kinds = ({ outcomes }: Decision) =>
  outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.code : outcome.kind));

/** What a batch may never do, whatever was asked and whatever was true before. */
function expectSound(decision: Decision, requests: HoldRequest[], world: World): void {
  const { outcomes, writes, changes } = decision;
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
  for (const { id, totalAmount, seats: held } of granted) {
    const claims = writes.claims.filter((claim) => claim.reservation_id === id);
    expect(claims.reduce((sum, claim) => sum + claim.quantity * claim.unit_price, 0)).toBe(totalAmount);
    expect(claims.flatMap(({ seat_id }) => seat_id ?? []).sort()).toEqual(
      (held ?? []).map((seat) => seat.id).sort(),
    );
  }
  outcomes.forEach((outcome, index) => {
    const { idempotency, userId } = requests[index] as HoldRequest;
    const kept = writes.keys.filter((row) => row.user_id === userId && row.key === idempotency?.key);
    if (outcome.kind === 'granted') expect(kept).toHaveLength(idempotency ? 1 : 0);
  });
  expect(changes.flatMap((each) => each.seats.map(({ seatId }) => seatId)).sort()).toEqual(seats.sort());
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

/** Chooses as the hall does: what it promised to one it doesn't promise to the next, but others may ask for it by name. */
function chooseFor(asked: HoldRequest[], { taken = [] }: World): Map<HoldRequest, Chosen> {
  const free = SEATS.filter((_, index) => !taken.includes(index));
  return new Map(
    asked.flatMap((each): [HoldRequest, Chosen][] => {
      if (each.kind !== 'best') return [];
      const seatIds = free.splice(0, each.quantity);
      return [
        [
          each,
          seatIds.length === each.quantity ? { seatIds, adjacent: true } : { seatIds: null, why: 'SOLD_OUT' },
        ],
      ];
    }),
  );
}

test('whatever a batch asks: no seat twice, no stock that is not there, nobody above his limit', () => {
  fc.assert(
    fc.property(requests, world, (asked, before) => {
      expectSound(judge(asked, factsOf(before), chooseFor(asked, before)), asked, before);
    }),
    { numRuns: 500 },
  );
});

test('the control: a decision that forgets what its neighbours took fails the same property', () => {
  const forgetful = (asked: HoldRequest[], before: World): Decision => {
    const parts = asked.map((each) => judge([each], factsOf(before), chooseFor([each], before)));
    return {
      outcomes: parts.flatMap(({ outcomes }) => outcomes),
      changes: parts.flatMap(({ changes }) => changes),
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

test('a refusal takes nothing: whoever comes after it is served as if it had not been there', () => {
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

test('first come, first served: of two who want one seat the first has it', () => {
  expect(kinds(judge([seatsFor(ALICE, [A1, A2]), seatsFor(BOB, [A2])]))).toEqual([
    'granted',
    'SEAT_UNAVAILABLE',
  ]);
});

test('all or nothing: what is refused as a whole takes none of its parts', () => {
  const refused = judge(
    [seatsFor(ALICE, [A1, A2]), ticketsFor(ALICE, [1, 3])],
    factsOf({ taken: [1], stock: [5, 2] }),
  );
  expect(kinds(refused)).toEqual(['SEAT_UNAVAILABLE', 'SOLD_OUT']);
  expect(refused.writes.claims).toEqual([]);
  expect(refused.changes).toEqual([]);
});

test('a row that several requests of one batch touched is announced once, as it is in the end', () => {
  const { changes } = judge([ticketsFor(ALICE, [2]), ticketsFor(BOB, [3])]);
  expect(changes).toEqual([
    {
      eventId: EVENT,
      seats: [],
      stock: [{ ticketTypeId: STANDING, availableQuantity: 5, totalQuantity: 20, version: 1 }],
    },
  ]);
});

test('a limit counts what the same batch granted before', () => {
  const both = judge([
    seatsFor(ALICE, SEATS.slice(0, 3)),
    seatsFor(ALICE, SEATS.slice(3, 5)),
    seatsFor(ALICE, SEATS.slice(5, 6)),
  ]);
  expect(kinds(both)).toEqual(['granted', 'TOO_MANY_SEATS', 'granted']);
  expect(kinds(judge([ticketsFor(ALICE, [8]), ticketsFor(ALICE, [1]), ticketsFor(BOB, [1])]))).toEqual([
    'granted',
    'TOO_MANY_TICKETS',
    'granted',
  ]);
});

test.each([
  ['an event that is unknown', seatsFor(ALICE, [A1], { eventId: randomUUID() }), 'EVENT_NOT_FOUND'],
  ['a seat of another event', seatsFor(ALICE, [A1], { eventId: OTHER_EVENT }), 'SEAT_NOT_FOUND'],
  [
    'a ticket type of another event',
    ticketsFor(ALICE, [1], { eventId: OTHER_EVENT }),
    'TICKET_TYPE_NOT_FOUND',
  ],
  [
    'a ticket type twice',
    ticketsFor(ALICE, [], {
      items: [1, 2].map((quantity) => ({ ticketTypeId: STANDING, quantity })),
    } as Partial<HoldRequest>),
    'DUPLICATE_TICKET_TYPE',
  ],
  ['an unknown seat among known ones', seatsFor(ALICE, [A1, randomUUID()]), 'SEAT_NOT_FOUND'],
])('%s is refused by name', (_what, asked, code) => {
  const decision = judge([asked]);
  expect(kinds(decision)).toEqual([code]);
  expect(decision.writes.claims).toEqual([]);
});

test('an event that does not sell says why', () => {
  const facts = factsOf();
  facts.events.set(EVENT, 'SALE_ENDED');
  expect(kinds(judge([seatsFor(ALICE, [A1]), bestFor(BOB, 1)], facts))).toEqual(['SALE_ENDED', 'SALE_ENDED']);
});

test('the best seats: granted as chosen, crowded while others are at them, sold out otherwise', () => {
  const [served, crowded, none] = [bestFor(ALICE, 2), bestFor(BOB, 2), bestFor(BOB, 1)];
  const chosen = new Map<HoldRequest, Chosen>([
    [served, { seatIds: [A1, A2], adjacent: false }],
    [crowded, { seatIds: null, why: 'crowded' }],
    [none, { seatIds: null, why: 'SOLD_OUT' }],
  ]);
  const decision = judge([served, crowded, none], factsOf(), chosen);
  expect(kinds(decision)).toEqual(['granted', 'crowded', 'SOLD_OUT']);
  expect(decision.outcomes[0]).toMatchObject({
    answer: { reservation: { adjacent: false, totalAmount: 3_000 } },
  });
});

test('a seat that was promised twice, or to somebody who asks for it by name, is no reason to refuse the best ones', () => {
  const [first, second, third] = [bestFor(ALICE, 1), bestFor(BOB, 1), bestFor(ALICE, 1)];
  const chosen = new Map<HoldRequest, Chosen>([
    [first, { seatIds: [A1], adjacent: true }],
    [second, { seatIds: [A1], adjacent: true }],
    [third, { seatIds: [A2], adjacent: true }],
  ]);
  const decision = judge([first, second, seatsFor(BOB, [A2]), third], factsOf(), chosen);
  expect(kinds(decision)).toEqual(['granted', 'crowded', 'granted', 'crowded']);
});

test('what was answered under a key is answered again, to its owner and for the same request alone', () => {
  const facts = factsOf();
  facts.keys.set(pairKey(ALICE, 'k'), { fingerprint: 'f', status: 201, body: '{"first":true}' });
  const decision = judge(
    [
      seatsFor(ALICE, [A1], keyed('k')),
      seatsFor(ALICE, [A2], keyed('k', 'another request')),
      seatsFor(BOB, [A2], keyed('k')),
    ],
    facts,
  );
  expect(kinds(decision)).toEqual(['replayed', 'IDEMPOTENCY_KEY_REUSED', 'granted']);
  expect(decision.outcomes[0]).toEqual({ kind: 'replayed', status: 201, body: '{"first":true}' });
  expect(decision.writes.keys.map((row) => row.user_id)).toEqual([BOB]);
});

test('one key twice in one batch buys once', () => {
  const decision = judge([ticketsFor(ALICE, [1], keyed('k')), ticketsFor(ALICE, [1], keyed('k'))]);
  expect(decision.writes.reservations).toHaveLength(1);
  expect(decision.writes.keys).toHaveLength(1);
});

test('a refusal is kept under its key once it is the last word', () => {
  const keysOf = (asked: HoldRequest, overdue: boolean) => {
    const facts = factsOf({ taken: [0] });
    (facts.seats.get(A1) as { overdue?: boolean }).overdue = overdue;
    return judge([asked], facts).writes.keys;
  };
  expect(keysOf(seatsFor(ALICE, [A1], keyed('k')), false)).toMatchObject([{ key: 'k', status: 409 }]);
  // The hold that stands in the way is over: it is decided once more.
  expect(keysOf(seatsFor(ALICE, [A1], keyed('k')), true)).toEqual([]);
  expect(keysOf(seatsFor(ALICE, [A1], { ...keyed('k'), final: true }), true)).toMatchObject([
    { key: 'k', status: 409 },
  ]);
});

test('where holds that are over stand in the way of seats, of stock or of any seat, the refusal says so', () => {
  const facts = factsOf({ taken: [0, 1], stock: [1, 1] });
  (facts.seats.get(A1) as { overdue?: boolean }).overdue = true;
  (facts.stock.get(STANDING) as { overdue?: boolean }).overdue = true;
  const best = bestFor(BOB, 1);
  const chosen = new Map<HoldRequest, Chosen>([[best, { seatIds: null, why: 'SOLD_OUT' }]]);
  const asked = [
    seatsFor(ALICE, [A1]),
    seatsFor(ALICE, [A2]),
    ticketsFor(BOB, [2]),
    ticketsFor(BOB, [0, 2]),
    best,
  ];
  const { outcomes } = judge(asked, facts, chosen, new Set([EVENT]));
  expect(outcomes.map((outcome) => outcome.kind === 'refused' && !!outcome.overdue)).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});

test('a key under which a request is being answered elsewhere is refused, and nothing is kept under it', () => {
  const facts = factsOf();
  facts.busyKeys.add(keyLock(ALICE, 'k'));
  const decision = judge([seatsFor(ALICE, [A1], keyed('k')), seatsFor(BOB, [A1], keyed('k'))], facts);
  expect(kinds(decision)).toEqual(['IDEMPOTENCY_IN_FLIGHT', 'granted']);
  expect(decision.writes.keys).toMatchObject([{ user_id: BOB }]);
});

test('a hold lasts as long as the settings say, by the clock of the database', () => {
  expect(judge([seatsFor(ALICE, [A1])]).outcomes[0]).toMatchObject({
    answer: { reservation: { expiresAt: '2026-07-01T11:05:00.000Z' } },
  });
});
