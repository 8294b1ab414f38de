import { randomUUID } from 'node:crypto';
import { type Attempt, type Attempts, INVALID, quickBodies, tokens } from './attempts.ts';
import { places } from './organizer-events.ts';
import type { World } from './world.ts';

const HALLS = '/api/v1/admin/layouts';
const as = ({ service, attacker }: World, role: 'admin' | 'organizer') => ({
  ...service.as(attacker, role),
  'if-match': '*',
});
const hall =
  (path = '') =>
  (id: string) =>
    `${HALLS}/${id}${path}`;

const strangers: Attempt[] = [
  ...tokens,
  ['a user', '403 FORBIDDEN', () => ({})],
  ['a service', '403 FORBIDDEN', ({ service, attacker }) => ({ headers: service.as(attacker, 'service') })],
];

/** Hostile ids. An edit goes out with a body. */
const ids = (url: (id: string) => string, payload?: object): Attempt[] => [
  ...['7', 'x'.repeat(500), `${randomUUID()}%00`, "'%20OR%201=1", '..%2F..%2Fetc', '%ED%A0%80'].map(
    (id): Attempt => [
      `${id.slice(0, 40)} as id`,
      INVALID,
      (world) => ({ url: url(id), headers: as(world, 'admin'), ...(payload && { payload }) }),
    ],
  ),
  [
    'an unknown hall',
    '404 LAYOUT_NOT_FOUND',
    (world) => ({ url: url(randomUUID()), headers: as(world, 'admin'), ...(payload && { payload }) }),
  ],
];
const anotherOrganizer = (payload?: object): Attempt => [
  'an organizer who did not make it and says *',
  '403 FORBIDDEN',
  (world) => ({ url: hall()(world.hall), headers: as(world, 'organizer'), ...(payload && { payload }) }),
];
const queries = (url: (world: World) => string, texts: string[]): Attempt[] =>
  texts.map((text) => [
    `?${text.slice(0, 40)}`,
    INVALID,
    (world) => ({ url: `${url(world)}?${text}`, headers: as(world, 'admin') }),
  ]);
const edit = (payload: object): Attempt => [
  JSON.stringify(payload).slice(0, 80),
  INVALID,
  (world) => ({ url: hall()(world.hall), headers: as(world, 'admin'), payload }),
];
const withTag = (what: string, expected: string, ifMatch?: string): Attempt => [
  what,
  expected,
  ({ service, attacker, hall: id }) => ({
    url: hall()(id),
    headers: { ...service.as(attacker, 'admin'), ...(ifMatch && { 'if-match': ifMatch }) },
    payload: { name: '홀' },
  }),
];

export const halls: Attempts[] = [
  [
    'listLayouts',
    [
      ...strangers,
      ...queries(
        () => HALLS,
        ['limit=0', 'limit=101', 'limit=1e1', 'cursor=!!!', 'cursor=%00', 'limit=1&limit=2'],
      ),
    ],
  ],
  ['getLayout', [...strangers, ...ids(hall())]],
  [
    'listLayoutSeats',
    [
      ...strangers,
      ...ids(hall('/seats')),
      ...queries(
        (world) => hall('/seats')(world.hall),
        ['after=-1', 'after=1e3', 'after=100001', 'limit=0', 'limit=1001', 'limit=x'],
      ),
    ],
  ],
  [
    'changeLayout',
    [
      ...strangers,
      ...ids(hall(), { name: '홀' }),
      anotherOrganizer({ name: '내 것' }),
      ...quickBodies((world) => ({ url: hall()(world.hall), headers: as(world, 'admin') })),
      ...places.map(edit),
      ...[
        {},
        { name: '' },
        { name: 'a\0b' },
        { name: '\ud800' },
        { name: 'x'.repeat(201) },
        { name: null },
        { description: '\udfff' },
        { description: 'x'.repeat(10_001) },
        { total_seats: 1 },
        { created_by: randomUUID() },
        { layout_config: {} },
      ].map(edit),
      withTag('no If-Match', '428 PRECONDITION_REQUIRED'),
      withTag('an old revision', '412 PRECONDITION_FAILED', '"0"'),
      withTag('a weak tag', '412 PRECONDITION_FAILED', 'W/"1"'),
      withTag('a tag of 5,000 characters', INVALID, `"${'1'.repeat(5_000)}"`),
    ],
  ],
  [
    'deleteLayout',
    [
      ...strangers,
      ...ids(hall()),
      anotherOrganizer(),
      [
        'a hall of an event',
        '409 LAYOUT_IN_USE',
        (world) => ({ url: hall()(world.hall), headers: as(world, 'admin') }),
      ],
    ],
  ],
];
