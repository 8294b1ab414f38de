import { randomUUID } from 'node:crypto';
import { type Attempt, type Attempts, bodies, INVALID, MALFORMED, text, tokens } from './attempts.ts';
import type { World } from './world.ts';

const asAdmin = ({ service, attacker }: World) => service.as(attacker, 'admin');
const path = (verb: string) => (id: string) => `/api/v1/admin/events/${id}/${verb}`;

const strangers: Attempt[] = [
  ...tokens,
  ['a user', '403 FORBIDDEN', () => ({ payload: { reason: 'x' } })],
  [
    'another organizer',
    '403 FORBIDDEN',
    ({ service, attacker }) => ({
      headers: service.as(attacker, 'organizer'),
      payload: { reason: 'x' },
    }),
  ],
];

const ids = (verb: string): Attempt[] => [
  ...['7', 'x'.repeat(500), `${randomUUID()}%00`, "'%20OR%201=1"].map(
    (id): Attempt => [
      `${id.slice(0, 40)} as id`,
      INVALID,
      (world) => ({ url: path(verb)(id), headers: asAdmin(world), payload: { reason: 'x' } }),
    ],
  ),
];

const asAnAdmin = ([what, answer, change]: Attempt): Attempt => [
  what,
  answer,
  (world) => {
    const changed = change(world);
    return { ...changed, headers: { ...asAdmin(world), ...changed.headers } };
  },
];

const reasons: Attempt[] = [
  undefined,
  null,
  '',
  7,
  ['x'],
  { $gt: '' },
  'x'.repeat(501),
  'a\0b',
  '\x1b[2J',
  '\ud800',
].map((reason) => [
  `the reason ${JSON.stringify(reason)?.slice(0, 30)}`,
  INVALID,
  (world) => ({ headers: asAdmin(world), payload: JSON.stringify({ reason }) }),
]);

const DAY = '2037-05-05T19:00:00+09:00';
const dates: Attempt[] = [
  {},
  { event_date: DAY },
  { event_date: DAY, cancellable_until: '2020-01-01T00:00:00Z' },
  { event_date: DAY, cancellable_until: '2037-05-05T19:00:01+09:00' },
  { event_date: '2037-02-30T19:00:00+09:00', cancellable_until: DAY },
  { event_date: 'infinity', cancellable_until: DAY },
  { event_date: 7, cancellable_until: DAY },
  { event_date: DAY, cancellable_until: null },
  { event_date: DAY, cancellable_until: DAY, sale_end_date: '2037-05-06T00:00:00Z' },
  { event_date: DAY, cancellable_until: DAY, status: 'draft' },
  { event_date: DAY, cancellable_until: DAY, reason: 'a\0b' },
].map((payload) => [
  `the dates ${JSON.stringify(payload).slice(0, 90)}`,
  INVALID,
  (world) => ({ headers: asAdmin(world), payload: JSON.stringify(payload) }),
]);

/** Of a user's own live reservation, if the part were right. */
const items: Attempt[] = [
  [],
  {},
  'all',
  [{}],
  [null],
  [{ seatId: 'x' }],
  [{ seatId: randomUUID(), quantity: 1 }],
  [{ ticketTypeId: randomUUID() }],
  ...[0, -1, 1.5, 1001, 1e308, '1', null].map((quantity) => [{ ticketTypeId: randomUUID(), quantity }]),
  Array.from({ length: 201 }, () => ({ seatId: randomUUID() })),
].map((list) => [
  `the items ${JSON.stringify(list).slice(0, 60)}`,
  INVALID,
  ({ reservations }) => ({
    url: `/api/v1/reservations/${reservations.victims}/cancel`,
    payload: JSON.stringify({ items: list }),
  }),
]);

export const endings: Attempts[] = [
  [
    'cancelEvent',
    [
      ...strangers,
      ...ids('cancel'),
      ...reasons,
      ...bodies.map(asAnAdmin),
      ['a list as body', INVALID, (world) => ({ headers: asAdmin(world), payload: '[]' })],
      ['a NUL byte in the reason', MALFORMED, (world) => text('{"reason": "\0"}', asAdmin(world))],
    ],
  ],
  ['postponeEvent', [...ids('postpone'), ...tokens, ...dates]],
  ['getEventCancellation', [...tokens, ['a user', '403 FORBIDDEN', () => ({})]]],
  [
    'cancelReservation',
    [
      ...items,
      [
        'a part of another user’s reservation',
        '404 RESERVATION_NOT_FOUND',
        ({ reservations, events }) => ({
          url: `/api/v1/reservations/${reservations.victims}/cancel`,
          payload: { items: [{ seatId: events.home.seatIds[0] }] },
        }),
      ],
    ],
  ],
];
