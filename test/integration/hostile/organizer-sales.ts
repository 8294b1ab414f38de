import { randomUUID } from 'node:crypto';
import { type Attempt, type Attempts, INVALID, tokens } from './attempts.ts';
import type { World } from './world.ts';

const asAdmin = ({ service, attacker }: World) => service.as(attacker, 'admin');

const stranger: Attempt[] = [
  ...tokens,
  ['a user', '403 FORBIDDEN', () => ({})],
  ['a service', '403 FORBIDDEN', ({ service, attacker }) => ({ headers: service.as(attacker, 'service') })],
];
const anotherOrganizer = (url: (world: World) => string): Attempt => [
  'another organizer',
  '403 FORBIDDEN',
  (world) => ({ headers: world.service.as(world.attacker, 'organizer'), url: url(world) }),
];

/** Queries that are refused, as an administrator would send them. */
const queries = (texts: string[], path?: string): Attempt[] =>
  texts.map((text) => [
    `?${text.slice(0, 40)}`,
    INVALID,
    (world) => ({ url: `${path ?? ''}?${text}`, headers: asAdmin(world) }),
  ]);

const ids = (path: (id: string) => string, code: string): Attempt[] => [
  ...['7', 'x'.repeat(500), `${randomUUID()}%00`, "'%20OR%201=1", randomUUID().toUpperCase()].map(
    (id): Attempt => [
      `${id.slice(0, 40)} as id`,
      INVALID,
      (world) => ({ url: path(id), headers: asAdmin(world) }),
    ],
  ),
  ['an unknown id', `404 ${code}`, (world) => ({ url: path(randomUUID()), headers: asAdmin(world) })],
];

const ofEvent = (id: string) => `/api/v1/admin/events/${id}/reservations`;
const overview = (id: string) => `/api/v1/admin/events/${id}/sales`;
const series = (id: string) => `/api/v1/admin/events/${id}/sales/series?by=hour`;
const one = (id: string) => `/api/v1/admin/reservations/${id}`;

const exported = (file: string) => (id: string) => `/api/v1/admin/events/${id}/exports/${file}`;
const files = {
  exportReservationsCsv: 'reservations.csv',
  exportReservationsNdjson: 'reservations.ndjson',
  exportSeatsCsv: 'seats.csv',
  exportSeatsNdjson: 'seats.ndjson',
} as const;

const cancel = (id: string) => `${one(id)}/cancel`;

/** Bodies that are refused, as an administrator would send them. */
const reasons: Attempt[] = (
  [
    ['no reason', {}],
    ['an empty reason', { reason: '' }],
    ['a NUL in the reason', { reason: 'a\0b' }],
    ['a lone surrogate in the reason', { reason: '\ud800' }],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }],
    ['a number as reason', { reason: 7 }],
    ['no items', { reason: 'x', items: [] }],
    ['201 items', { reason: 'x', items: Array.from({ length: 201 }, () => ({ seatId: randomUUID() })) }],
    ['a negative number of tickets', { reason: 'x', items: [{ ticketTypeId: randomUUID(), quantity: -1 }] }],
    ['another field', { reason: 'x', refund: 1_000_000 }],
  ] as const
).map(([what, payload]) => [
  what,
  INVALID,
  (world) => ({ url: cancel(world.reservations.victims), headers: asAdmin(world), payload }),
]);

export const organizerSales: Attempts[] = [
  [
    'cancelForBuyer',
    [
      ...stranger,
      ...reasons,
      [
        'another organizer',
        '403 FORBIDDEN',
        ({ service, attacker, reservations }) => ({
          url: cancel(reservations.victims),
          headers: service.as(attacker, 'organizer'),
          payload: { reason: 'x' },
        }),
      ],
      [
        'an unknown id',
        '404 RESERVATION_NOT_FOUND',
        (world) => ({ url: cancel(randomUUID()), headers: asAdmin(world), payload: { reason: 'x' } }),
      ],
      [
        'a cancelled reservation',
        '409 RESERVATION_NOT_CANCELLABLE',
        (world) => ({
          url: cancel(world.reservations.cancelled),
          headers: asAdmin(world),
          payload: { reason: 'x' },
        }),
      ],
    ],
  ],
  ...Object.entries(files).map(
    ([operationId, file]): Attempts => [
      operationId as keyof typeof files,
      [
        ...stranger,
        anotherOrganizer(({ events }) => exported(file)(events.home.eventId)),
        ...ids(exported(file), 'EVENT_NOT_FOUND'),
      ],
    ],
  ),
  ['getServiceStatus', [...stranger]],
  [
    'getSalesOverview',
    [
      ...stranger,
      anotherOrganizer(({ events }) => overview(events.home.eventId)),
      ...ids(overview, 'EVENT_NOT_FOUND'),
    ],
  ],
  [
    'getSalesSeries',
    [
      ...stranger,
      anotherOrganizer(({ events }) => series(events.home.eventId)),
      ...ids(series, 'EVENT_NOT_FOUND'),
      ...queries([
        '',
        'by=second',
        'by=day&by=hour',
        "by=day'--",
        'by=day&from=now',
        'by=day&from=2026-11-26',
        'by=day&to=2026-02-30T00:00:00Z',
      ]),
      ...queries([
        'by=minute&from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z',
        'by=day&from=2026-11-26T00:00:00Z&to=2026-11-26T00:00:00Z',
        'by=day&from=2099-11-26T00:00:00Z',
      ]),
    ],
  ],
  [
    'listEventReservations',
    [
      ...stranger,
      anotherOrganizer(({ events }) => ofEvent(events.home.eventId)),
      ...ids(ofEvent, 'EVENT_NOT_FOUND'),
      ...queries([
        'number=TK',
        "number=TK123456789AB'",
        'number=%00',
        'user_id=7',
        'status=paid',
        'status=pending&status=expired',
        'seat=',
        'seat=%00',
        `seat=${'x'.repeat(101)}`,
        'ticket_type_id=x',
        'payment_id=%00',
        `payment_id=${'x'.repeat(201)}`,
        'refund_due=yes',
        'from=yesterday',
        'from=2026-02-30T00:00:00Z',
        'from=9999-12-31T23:59:59Z',
        'to=2026-11-26T12:00:00%2B09:00',
        'to=2026-11-26T25:00:00Z',
        'limit=0',
        'limit=101',
        'limit=1e1',
        'cursor=!!!',
        'cursor=AAAA',
      ]),
    ],
  ],
  [
    'findReservations',
    [...stranger, ...queries(['', 'number=', 'number=TK%25', `number=TK${'1'.repeat(19)}`, 'user_id=7'])],
  ],
  [
    'getReservationHistory',
    [
      ...stranger,
      anotherOrganizer(({ reservations }) => one(reservations.victims)),
      ...ids(one, 'RESERVATION_NOT_FOUND'),
    ],
  ],
];
