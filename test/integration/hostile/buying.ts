import { randomUUID } from 'node:crypto';
import type { OperationId } from '../../contract/answers.ts';
import {
  type Attempt,
  type Attempts,
  bodies,
  type Change,
  INVALID,
  MALFORMED,
  TOO_LARGE,
  text,
  tokens,
} from './attempts.ts';
import type { World } from './world.ts';

type Events = World['events'];

const uuids = (count: number) => Array.from({ length: count }, () => randomUUID());

/** An honest request for a free seat with one change. */
const hold =
  (change: (events: Events, world: World) => object, where: keyof Events = 'home') =>
  (world: World): Change => {
    const { eventId, seatIds } = world.events[where];
    return { payload: { eventId, seatIds: [seatIds[5]], ...change(world.events, world) } };
  };
const seats = (choose: (events: Events) => unknown) => hold((events) => ({ seatIds: choose(events) }));
const seatsOf = (where: keyof Events) => hold(() => ({}), where);

export const holding: Attempts = [
  'reserveSeats',
  [
    ...bodies,
    ...tokens,
    ['no body', INVALID, () => ({})],
    ['an empty body', INVALID, () => text('')],
    ...['null', '[]', '"hold"', '7', 'true', '{}'].map(
      (json): Attempt => [`${json} as body`, INVALID, () => text(json)],
    ),
    ['lists in lists', INVALID, () => text('['.repeat(30_000) + ']'.repeat(30_000))],
    ['objects in objects', INVALID, () => text(`${'{"seatIds":'.repeat(5_000)}1${'}'.repeat(5_000)}`)],
    ['an unknown field', INVALID, hold(() => ({ price: 1 }))],
    ['another user’s id', INVALID, hold((_events, { victim }) => ({ userId: victim }))],
    ['no event', INVALID, hold(() => ({ eventId: undefined }))],
    ['the event in a list', INVALID, hold(({ home }) => ({ eventId: [home.eventId] }))],
    ['no seats', INVALID, seats(() => undefined)],
    ['null for seats', INVALID, seats(() => null)],
    ['no seat in the list', INVALID, seats(() => [])],
    ['null as seat', INVALID, seats(() => [null])],
    ['a list as seat', INVALID, seats(({ home }) => [[home.seatIds[5]]])],
    ['a seat that is not in a list', INVALID, seats(({ home }) => home.seatIds[5])],
    ['a seat twice', INVALID, seats(({ home }) => [home.seatIds[5], home.seatIds[5]])],
    [
      'a seat twice, once in capitals',
      INVALID,
      seats(
        ({
          home: {
            seatIds: [id],
          },
        }) => [id, id?.toUpperCase()],
      ),
    ],
    ['an id in braces', INVALID, seats(() => [`{${randomUUID()}}`])],
    ['an id with a line behind it', INVALID, seats(() => [`${randomUUID()}\n`])],
    ['an id with a NUL behind it', INVALID, seats(() => [`${randomUUID()}\0`])],
    ['SQL as id', INVALID, seats(() => ["' OR 1=1; DROP TABLE seats; --"])],
    ['1,000 ids', INVALID, seats(() => uuids(1_000))],
    ['10,000 ids', TOO_LARGE, seats(() => uuids(10_000))],
    ['five seats', '422 TOO_MANY_SEATS', seats(({ home }) => home.seatIds.slice(5, 10))],
    ['100 unknown seats', '422 TOO_MANY_SEATS', seats(() => uuids(100))],
    ['an unknown event', '404 EVENT_NOT_FOUND', hold(() => ({ eventId: randomUUID() }))],
    ['an unknown seat', '404 SEAT_NOT_FOUND', seats(() => uuids(1))],
    ['a seat of another event', '404 SEAT_NOT_FOUND', seats(({ other }) => [other.seatIds[5]])],
    [
      'a free seat and one of another event',
      '404 SEAT_NOT_FOUND',
      seats(({ home, other }) => [home.seatIds[5], other.seatIds[5]]),
    ],
    [
      'a seat in an event that has none',
      '404 SEAT_NOT_FOUND',
      hold(({ seatless }) => ({ eventId: seatless.eventId })),
    ],
    ['a taken seat', '409 SEAT_UNAVAILABLE', seats(({ home }) => [home.seatIds[0]])],
    ['a free seat and a taken one', '409 SEAT_UNAVAILABLE', seats(({ home }) => home.seatIds.slice(0, 2))],
    ['a seat after the sale', '422 SALE_ENDED', seatsOf('ended')],
    ['a seat of a sale ended by hand', '422 SALE_ENDED', seatsOf('endedByHand')],
    ['a seat before the sale', '422 SALE_NOT_STARTED', seatsOf('future')],
    ['a seat of a cancelled event', '422 EVENT_CANCELLED', seatsOf('cancelled')],
    ['a seat of an event declared sold out', '409 SOLD_OUT', seatsOf('soldOut')],
    [
      'an idempotency key of 10,000 characters, and no seats',
      INVALID,
      (world) => ({ ...seats(() => [])(world), headers: { 'idempotency-key': 'k'.repeat(10_000) } }),
    ],
    [
      'another method in a header, and no seats',
      INVALID,
      (world) => ({ ...seats(() => [])(world), headers: { 'x-http-method-override': 'DELETE' } }),
    ],
  ],
];

/** An honest request for one ticket with one change. */
const buy =
  (change: (events: Events) => object, where: keyof Events = 'home') =>
  ({ events }: World): Change => {
    const { eventId, ticketTypeIds } = events[where];
    return {
      payload: { eventId, items: [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }], ...change(events) },
    };
  };
const items = (choose: (events: Events) => unknown) => buy((events) => ({ items: choose(events) }));
const item = (change: (events: Events) => object) =>
  items((events) => [{ ticketTypeId: events.home.ticketTypeIds[0], quantity: 1, ...change(events) }]);
const ticketsOf = (where: keyof Events) => buy(() => ({}), where);
const ofTypes = (ids: string[], quantity: number) => ids.map((ticketTypeId) => ({ ticketTypeId, quantity }));

/** The requests that the attempts to hold and to buy change. */
export const honest: [OperationId, (world: World) => Change][] = [
  ['reserveSeats', seatsOf('home')],
  ['createReservation', ticketsOf('home')],
];

/** The quantity as a JSON literal. */
const quantity =
  (answer: string) =>
  (literal: string): Attempt => [
    `${literal} as quantity`,
    answer,
    ({ events: { home } }) =>
      text(
        `{"eventId":"${home.eventId}","items":[{"ticketTypeId":"${home.ticketTypeIds[0]}","quantity":${literal}}]}`,
      ),
  ];

export const purchasing: Attempts = [
  'createReservation',
  [
    ...bodies,
    ...tokens,
    ...['-1', '0', '-0', '0.5', '1.0000001', '1e400', '1001', '2147483648', '9007199254740993'].map(
      quantity(INVALID),
    ),
    ...['"2"', '" 2 "', '""', '"1 OR 1=1"', 'null', 'true', '[2]', '{}'].map(quantity(INVALID)),
    ...['NaN', '01', '0x10', '+1', '1_000'].map(quantity(MALFORMED)),
    ...['9', '1e3'].map(quantity('422 TOO_MANY_TICKETS')),
    ['no quantity', INVALID, item(() => ({ quantity: undefined }))],
    ['a price of its own', INVALID, item(() => ({ unit_price: 1 }))],
    ['a type that is no UUID', INVALID, item(() => ({ ticketTypeId: 'R' }))],
    ['no items', INVALID, items(() => [])],
    ['items that are no list', INVALID, items(() => ({}))],
    ['null as item', INVALID, items(() => [null])],
    ['21 items', INVALID, items(() => ofTypes(uuids(21), 1))],
    ['10,000 items', TOO_LARGE, items(() => ofTypes(uuids(10_000), 1))],
    [
      'a type twice',
      '422 DUPLICATE_TICKET_TYPE',
      items(
        ({
          home: {
            ticketTypeIds: [id = ''],
          },
        }) => ofTypes([id, id], 1),
      ),
    ],
    ['too many by two types', '422 TOO_MANY_TICKETS', items(({ home }) => ofTypes(home.ticketTypeIds, 5))],
    ['more than there is', '409 SOLD_OUT', items(({ home }) => ofTypes(home.ticketTypeIds.slice(1), 6))],
    ['an unknown type', '404 TICKET_TYPE_NOT_FOUND', item(() => ({ ticketTypeId: randomUUID() }))],
    [
      'a type of another event',
      '404 TICKET_TYPE_NOT_FOUND',
      item(({ other }) => ({ ticketTypeId: other.ticketTypeIds[0] })),
    ],
    ['a seat as type', '404 TICKET_TYPE_NOT_FOUND', item(({ home }) => ({ ticketTypeId: home.seatIds[5] }))],
    ['an unknown event', '404 EVENT_NOT_FOUND', buy(() => ({ eventId: randomUUID() }))],
    ['a ticket after the sale', '422 SALE_ENDED', ticketsOf('ended')],
    ['a ticket before the sale', '422 SALE_NOT_STARTED', ticketsOf('future')],
    ['a ticket for a cancelled event', '422 EVENT_CANCELLED', ticketsOf('cancelled')],
    ['a ticket for an event declared sold out', '409 SOLD_OUT', ticketsOf('soldOut')],
  ],
];
