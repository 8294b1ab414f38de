import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyLock, pairKey } from '../../../../src/idempotency/lock-names.ts';
import type { Chosen } from '../../../../src/sales/best-available/hall-choices.ts';
import type { BestRequest, HoldRequest } from '../../../../src/sales/hold-request.ts';
import {
  A1,
  A2,
  ALICE,
  BOB,
  bestFor,
  EVENT,
  factsOf,
  judge,
  keyed,
  kinds,
  OTHER_EVENT,
  SEATS,
  STANDING,
  seatsFor,
  settings,
  ticketsFor,
} from './world.ts';

test('first come, first served: the first of two requests for a seat gets it', () => {
  expect(kinds(judge([seatsFor(ALICE, [A1, A2]), seatsFor(BOB, [A2])]))).toEqual([
    'granted',
    'SEAT_UNAVAILABLE',
  ]);
});

test('all or nothing: a refused request takes none of its seats or tickets', () => {
  const refused = judge(
    [seatsFor(ALICE, [A1, A2]), ticketsFor(ALICE, [1, 3])],
    factsOf({ taken: [1], stock: [5, 2] }),
  );
  expect(kinds(refused)).toEqual(['SEAT_UNAVAILABLE', 'SOLD_OUT']);
  expect(refused.writes.claims).toEqual([]);
  expect(refused.touched).toEqual([]);
});

test('a companion seat goes to the user who got its accessible seat in the same batch', () => {
  const facts = factsOf();
  const companion = facts.seats.get(A2);
  if (companion) companion.companion_of = [{ id: A1, owner: null }];
  const all = judge(
    [seatsFor(BOB, [A2]), seatsFor(ALICE, [A1]), seatsFor(BOB, [A2]), seatsFor(ALICE, [A2])],
    facts,
  );
  expect(kinds(all)).toEqual(['COMPANION_SEAT', 'granted', 'COMPANION_SEAT', 'granted']);
});

test('a row that several requests of one batch touched is announced once, in its final state', () => {
  const { touched } = judge([ticketsFor(ALICE, [2]), ticketsFor(BOB, [3])]);
  expect(touched).toEqual([
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

test('an event that does not sell is refused with the reason', () => {
  const facts = factsOf();
  facts.events.set(EVENT, { refusal: 'SALE_ENDED', limits: settings });
  expect(kinds(judge([seatsFor(ALICE, [A1]), bestFor(BOB, 1)], facts))).toEqual(['SALE_ENDED', 'SALE_ENDED']);
});

test('best-available requests are granted as chosen, crowded while others are at the seats, or sold out', () => {
  const [served, crowded, none] = [bestFor(ALICE, 2), bestFor(BOB, 2), bestFor(BOB, 1)];
  const chosen = new Map<BestRequest, Chosen>([
    [served, { kind: 'chosen', seatIds: [A1, A2], adjacent: false }],
    [crowded, { kind: 'crowded' }],
    [none, { kind: 'refused', code: 'SOLD_OUT' }],
  ]);
  const decision = judge([served, crowded, none], factsOf(), chosen);
  expect(kinds(decision)).toEqual(['granted', 'crowded', 'SOLD_OUT']);
  expect(decision.outcomes[0]).toMatchObject({
    answer: { reservation: { adjacent: false, totalAmount: 3_000 } },
  });
});

test('a best-available request whose chosen seat goes to another request is crowded, not refused', () => {
  const [first, second, third] = [bestFor(ALICE, 1), bestFor(BOB, 1), bestFor(ALICE, 1)];
  const chosen = new Map<BestRequest, Chosen>([
    [first, { kind: 'chosen', seatIds: [A1], adjacent: true }],
    [second, { kind: 'chosen', seatIds: [A1], adjacent: true }],
    [third, { kind: 'chosen', seatIds: [A2], adjacent: true }],
  ]);
  const decision = judge([first, second, seatsFor(BOB, [A2]), third], factsOf(), chosen);
  expect(kinds(decision)).toEqual(['granted', 'crowded', 'granted', 'crowded']);
});

test('a kept answer is replayed to its owner and for the same request only', () => {
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

test('one key twice in a batch buys once', () => {
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
  // The hold in the way is overdue: the request is decided once more.
  expect(keysOf(seatsFor(ALICE, [A1], keyed('k')), true)).toEqual([]);
  expect(keysOf(seatsFor(ALICE, [A1], { ...keyed('k'), final: true }), true)).toMatchObject([
    { key: 'k', status: 409 },
  ]);
});

test('a refusal says whether overdue holds are in the way, on seats, on stock or on any seat', () => {
  const facts = factsOf({ taken: [0, 1], stock: [1, 1] });
  (facts.seats.get(A1) as { overdue?: boolean }).overdue = true;
  (facts.stock.get(STANDING) as { overdue?: boolean }).overdue = true;
  const best = bestFor(BOB, 1);
  const chosen = new Map<BestRequest, Chosen>([[best, { kind: 'refused', code: 'SOLD_OUT', overdue: true }]]);
  const asked = [
    seatsFor(ALICE, [A1]),
    seatsFor(ALICE, [A2]),
    ticketsFor(BOB, [2]),
    ticketsFor(BOB, [0, 2]),
    best,
  ];
  const { outcomes } = judge(asked, facts, chosen);
  expect(outcomes.map((outcome) => outcome.kind === 'refused' && !!outcome.overdue)).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});

test('a key whose request is being answered elsewhere is refused, and nothing is kept under it', () => {
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
