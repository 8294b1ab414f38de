import { randomUUID } from 'node:crypto';
import { type Attempt, type Attempts, bodies, type Change, INVALID, tokens } from './attempts.ts';
import type { World } from './world.ts';

const SOUND = { name: '얼리버드', price: 1, total_quantity: 1 };
const asAdmin = ({ service, attacker }: World) => service.as(attacker, 'admin');
const types = (eventId: string) => `/api/v1/admin/events/${eventId}/ticket-types`;
const typeOf = ({ events }: World, at = 0) =>
  `${types(events.home.eventId)}/${events.home.ticketTypeIds[at]}`;

const strangers = (url: (world: World) => string): Attempt[] => [
  ...tokens,
  ['a user', '403 FORBIDDEN', () => ({})],
  ['a service', '403 FORBIDDEN', ({ service, attacker }) => ({ headers: service.as(attacker, 'service') })],
  [
    'another organizer',
    '403 FORBIDDEN',
    (world) => ({ url: url(world), headers: world.service.as(world.attacker, 'organizer'), payload: SOUND }),
  ],
];
const anotherOrganizersEdit: Attempt = [
  'another organizer who says *',
  '403 FORBIDDEN',
  (world) => ({
    url: typeOf(world),
    headers: { ...world.service.as(world.attacker, 'organizer'), 'if-match': '*' },
    payload: { price: 0 },
  }),
];

const unknown = (code: string, url: (world: World) => string): Attempt => [
  `an unknown id: ${code}`,
  `404 ${code}`,
  (world) => ({ url: url(world), headers: { ...asAdmin(world), 'if-match': '*' }, payload: SOUND }),
];

/** Wrong values, in a new type and in a change. */
const values: [string, unknown][] = [
  ['name', ''],
  ['name', ' \u3000 '],
  ['name', 'a\0b'],
  ['name', 'a\nb'],
  ['name', '\ud800'],
  ['name', 'x'.repeat(201)],
  ['name', 7],
  ['name', null],
  ['description', '\0'],
  ['description', 'x'.repeat(10_001)],
  ['price', -1],
  ['price', 100_000_001],
  ['price', 1e300],
  ['price', 0.5],
  ['price', '1'],
  ['total_quantity', -1],
  ['total_quantity', 1_000_001],
  ['total_quantity', 2 ** 53],
  ['total_quantity', null],
  ['sale_start_date', 'tomorrow'],
  ['sale_start_date', '2026-02-30T00:00:00Z'],
  ['sale_start_date', '+012026-01-01T00:00:00Z'],
  ['sale_end_date', '9999-12-31T23:59:59Z'],
  ['sale_end_date', 0],
  ['min_quantity', 0],
  ['min_quantity', 101],
  ['max_quantity', 0],
  ['quantity_step', 0],
  ['quantity_step', 1.5],
  ['position', -1],
  ['position', 10_001],
  ['hidden', 'true'],
  ['available_quantity', 1],
  ['event_id', randomUUID()],
  ['revision', 1],
];
const wrong = (change: (world: World, more: object) => Change): Attempt[] => [
  ...values.map(
    ([name, value]): Attempt => [
      `${name}: ${JSON.stringify(value).slice(0, 40)}`,
      INVALID,
      (world) => change(world, { [name]: value }),
    ],
  ),
  [
    'a sale that ends before it starts',
    INVALID,
    (world) =>
      change(world, { sale_start_date: '2027-01-02T00:00:00Z', sale_end_date: '2027-01-01T00:00:00Z' }),
  ],
  ['a minimum above the maximum', INVALID, (world) => change(world, { min_quantity: 3, max_quantity: 2 })],
];

const create = (world: World, more: object) => ({
  url: types(world.events.home.eventId),
  headers: asAdmin(world),
  payload: { ...SOUND, ...more },
});
const edit = (world: World, payload: object) => ({
  url: typeOf(world),
  headers: { ...asAdmin(world), 'if-match': '*' },
  payload,
});
const withHeaders = (headers: Record<string, string>) => (world: World) => ({
  url: typeOf(world),
  headers: { ...asAdmin(world), ...headers },
  payload: { price: 0 },
});

export const ticketTypes: Attempts[] = [
  [
    'listOrganizerTicketTypes',
    [
      ...strangers(({ events }) => types(events.home.eventId)),
      unknown('EVENT_NOT_FOUND', () => types(randomUUID())),
    ],
  ],
  [
    'createTicketType',
    [
      ...bodies.map(
        ([what, answer, change]): Attempt => [
          what,
          answer,
          (world) => {
            const { headers, ...rest } = change(world);
            return { ...rest, headers: { ...asAdmin(world), ...headers } };
          },
        ],
      ),
      ...strangers(({ events }) => types(events.home.eventId)),
      unknown('EVENT_NOT_FOUND', () => types(randomUUID())),
      ...wrong(create),
      ['no name', INVALID, (world) => create(world, { name: undefined })],
    ],
  ],
  [
    'getOrganizerTicketType',
    [
      ...strangers(typeOf),
      unknown('EVENT_NOT_FOUND', ({ events }) => `${types(randomUUID())}/${events.home.ticketTypeIds[0]}`),
      unknown(
        'TICKET_TYPE_NOT_FOUND',
        ({ events }) => `${types(events.home.eventId)}/${events.other.ticketTypeIds[0]}`,
      ),
    ],
  ],
  [
    'changeTicketType',
    [
      ...strangers(typeOf),
      anotherOrganizersEdit,
      unknown(
        'TICKET_TYPE_NOT_FOUND',
        ({ events }) => `${types(events.home.eventId)}/${events.other.ticketTypeIds[0]}`,
      ),
      ...wrong(edit),
      ['no field', INVALID, (world) => edit(world, {})],
      [
        'a total below what is held',
        '409 TOTAL_BELOW_CLAIMED',
        (world) => edit(world, { total_quantity: 0 }),
      ],
      ['no If-Match', '428 PRECONDITION_REQUIRED', withHeaders({})],
      ['an old revision', '412 PRECONDITION_FAILED', withHeaders({ 'if-match': '"0"' })],
      ['a weak tag', '412 PRECONDITION_FAILED', withHeaders({ 'if-match': 'W/"1"' })],
    ],
  ],
  [
    'deleteTicketType',
    [
      ...strangers(typeOf),
      unknown(
        'TICKET_TYPE_NOT_FOUND',
        ({ events }) => `${types(events.home.eventId)}/${events.other.ticketTypeIds[0]}`,
      ),
      [
        'a type with reservations',
        '409 TICKET_TYPE_IN_USE',
        (world) => ({ url: typeOf(world), headers: asAdmin(world) }),
      ],
    ],
  ],
];
