import { randomUUID } from 'node:crypto';
import { type Attempt, type Attempts, bodies, INVALID, quickBodies, tokens } from './attempts.ts';
import type { World } from './world.ts';

const query = (text: string): Attempt => [`?${text.slice(0, 40)}`, INVALID, () => ({ url: `?${text}` })];

const queryOf = (url: string): Attempt => [url.slice(-40), INVALID, () => ({ url })];

const ID = '75f3dcb8-aa52-47f6-b714-66c6f2f93aae';

/** Paths with something in them that is no id of ours. */
const ids = (path: (id: string) => string): Attempt[] =>
  [
    'seven',
    '7',
    ID.toUpperCase(),
    `${ID}%00`,
    `${ID}%0A`,
    "'%20OR%201=1",
    '..%2F..%2Fetc',
    'x'.repeat(500),
    '%zz',
    '%',
    '%C0%AF',
    '%ED%A0%80',
  ].map((id) => [`${id.slice(0, 40)} as id`, INVALID, () => ({ url: path(id) })]);

const unknown = (code: string, path: (id: string) => string): Attempt => [
  'an unknown id',
  `404 ${code}`,
  () => ({ url: path(randomUUID()) }),
];

const of = (which: keyof World['reservations'], path: (id: string) => string) => (world: World) => ({
  url: path(world.reservations[which]),
});

const asAdmin = ({ service, attacker }: World) => ({ headers: service.as(attacker, 'admin') });
const event = (id: string) => `/api/v1/events/${id}`;
const seatMap = (id: string) => `/api/v1/seats/events/${id}`;
const layout = (id: string) => `${seatMap(id)}/layout`;
const statuses = (id: string) => `${seatMap(id)}/status`;
const changes = (id: string) => `${seatMap(id)}/changes?since=1`;
const stock = (id: string) => `/api/v1/tickets/availability/${id}`;
const reservation = (id: string) => `/api/v1/reservations/${id}`;
const seatReservation = (id: string) => `/api/v1/seats/reservation/${id}`;
const cancel = (id: string) => `/api/v1/reservations/${id}/cancel`;
const queue = (verb: string) => (id: string) => `/api/v1/queue/${verb}/${id}`;

const NOT_FOUND = '404 RESERVATION_NOT_FOUND';

export const asking: Attempts[] = [
  [
    'listEvents',
    [
      ...[
        '1000000',
        '1001',
        '0',
        '-1',
        '1.5',
        'abc',
        '',
        'NaN',
        'Infinity',
        '1e2',
        '0x10',
        '%205',
        '%2B5',
        '10;DROP',
        '__proto__',
      ].map((limit) => query(`limit=${limit}`)),
      ...['0', '-1', '0.5', '1000001', '99999999999999999999', 'x'].map((page) => query(`page=${page}`)),
      ...['bogus', '', 'ON_SALE', 'all,on_sale', "on_sale'--"].map((status) => query(`status=${status}`)),
      query(`q=${'x'.repeat(5_000)}`),
      query(`q=${'%25'.repeat(5_000)}`),
      query('q=%00'),
      query('limit=1&limit=2'),
      query('q=a&q=b'),
      query('status=on_sale&status=ended'),
    ],
  ],
  ['getEvent', [...ids(event), unknown('EVENT_NOT_FOUND', event)]],
  ['getSeatMap', [...ids(seatMap), unknown('EVENT_NOT_FOUND', seatMap)]],
  ['getSeatLayout', [...ids(layout), unknown('EVENT_NOT_FOUND', layout)]],
  ['getSeatStatuses', [...ids(statuses), unknown('EVENT_NOT_FOUND', statuses)]],
  [
    'getEventChanges',
    [
      ...ids(changes),
      unknown('EVENT_NOT_FOUND', changes),
      ...['-1', '1e2', '0x10', '1.5', '', 'x', '99999999999999999999', '1&since=2'].map((since) =>
        queryOf(changes(ID).replace('since=1', `since=${since}`)),
      ),
      queryOf(changes(ID).replace('?since=1', '')),
    ],
  ],
  ['getTicketAvailability', [...ids(stock), unknown('TICKET_TYPE_NOT_FOUND', stock)]],
  [
    'listMyReservations',
    [
      ...tokens,
      ...['101', '0', '-1', '1000000'].map((limit) => query(`limit=${limit}`)),
      ...['!!!', 'AAAA', '', 'x'.repeat(5_000), "'--"].map((cursor) => query(`cursor=${cursor}`)),
      query('cursor=a&cursor=b'),
    ],
  ],
  [
    'getReservation',
    [
      ...tokens,
      ...ids(reservation),
      unknown('RESERVATION_NOT_FOUND', reservation),
      ['another user’s reservation', NOT_FOUND, of('victims', reservation)],
    ],
  ],
  [
    'getSeatReservation',
    [
      ...tokens,
      ...ids(seatReservation),
      ['another user’s reservation', NOT_FOUND, of('victims', seatReservation)],
    ],
  ],
  [
    'cancelReservation',
    [
      ...ids(cancel),
      unknown('RESERVATION_NOT_FOUND', cancel),
      ['another user’s seats', NOT_FOUND, of('victims', cancel)],
      ['another user’s tickets', NOT_FOUND, of('victimsTickets', cancel)],
      ['a cancelled reservation', '409 RESERVATION_NOT_CANCELLABLE', of('cancelled', cancel)],
      ['an expired reservation', '410 RESERVATION_EXPIRED', of('expired', cancel)],
      ...bodies.map(
        ([what, answer, change]): Attempt => [
          what,
          answer,
          (world) => ({ ...of('cancelled', cancel)(world), ...change(world) }),
        ],
      ),
    ],
  ],
  ['checkQueue', [...tokens, ...bodies, ...ids(queue('check')), unknown('EVENT_NOT_FOUND', queue('check'))]],
  ['getQueueStatus', [...ids(queue('status')), unknown('EVENT_NOT_FOUND', queue('status'))]],
  ['leaveQueue', [...bodies, ...ids(queue('leave')), unknown('EVENT_NOT_FOUND', queue('leave'))]],
  ['getQueueAdmin', [...tokens, ['a user who is none', '403 FORBIDDEN', () => ({})]]],
  [
    'updateQueueSettings',
    [
      ...tokens,
      ['a user who is none', '403 FORBIDDEN', () => ({ payload: { paused: true } })],
      [
        'an organizer',
        '403 FORBIDDEN',
        ({ service, attacker }) => ({
          headers: service.as(attacker, 'organizer'),
          payload: { paused: true },
        }),
      ],
      ...quickBodies(asAdmin),
      ...[
        { threshold: -1 },
        { threshold: 1e300 },
        { threshold: '1' },
        { paused: 'yes' },
        { role: 'admin' },
      ].map(
        (payload): Attempt => [JSON.stringify(payload), INVALID, (world) => ({ ...asAdmin(world), payload })],
      ),
    ],
  ],
  ['clearQueue', [...tokens, ['a user who is none', '403 FORBIDDEN', () => ({})]]],
];
