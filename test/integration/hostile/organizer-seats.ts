import { randomUUID } from 'node:crypto';
import type { OperationId } from '../../contract/answers.ts';
import { type Attempt, type Attempts, bodies, INVALID, tokens } from './attempts.ts';
import type { World } from './world.ts';

/** The attacker is an administrator: what is refused is refused to all. */
const asAdmin = (world: World) => world.service.as(world.attacker, 'admin');

const body = (what: string, payload: object, answer = INVALID): Attempt => [
  what,
  answer,
  (world) => ({ payload, headers: asAdmin(world) }),
];

const asOthers = (payload?: object): Attempt[] => [
  ['a user who is no organizer', '403 FORBIDDEN', () => ({ ...(payload && { payload }) })],
  [
    'the organizer of another event',
    '403 FORBIDDEN',
    (world) => ({ headers: world.service.as(world.attacker, 'organizer'), ...(payload && { payload }) }),
  ],
];

const unknownEvent = (path: string, payload?: object): Attempt => [
  'an unknown event',
  '404 EVENT_NOT_FOUND',
  (world) => ({
    headers: asAdmin(world),
    url: `/api/v1/admin/events/${randomUUID()}/seats${path}`,
    ...(payload && { payload }),
  }),
];

/** Names of seats that are none. */
const names = (more: object): Attempt[] => [
  body('no seats', more),
  body('an empty list', { ...more, seat_ids: [] }),
  body('a seat twice', { ...more, seat_ids: Array(2).fill(randomUUID()) }),
  body('1,001 seats', { ...more, seat_ids: Array.from({ length: 1_001 }, () => randomUUID()) }),
  body('501 rows', { ...more, rows: Array(501).fill({ section: 'A', row_number: 1 }) }),
  body('101 sections', { ...more, sections: Array(101).fill('A') }),
  body('an id in upper case', { ...more, seat_ids: [randomUUID().toUpperCase()] }),
  body('a section with NUL', { ...more, sections: ['A\0'] }),
  body('half a surrogate pair', { ...more, sections: ['\ud800'] }),
  body('an endless section', { ...more, sections: ['A'.repeat(101)] }),
  body('row 0', { ...more, rows: [{ section: 'A', row_number: 0 }] }),
  body('a row beyond integers', { ...more, rows: [{ section: 'A', row_number: 2 ** 40 }] }),
  body('a row as text', { ...more, rows: [{ section: 'A', row_number: '1' }] }),
  body('an unknown seat', { ...more, seat_ids: [randomUUID()] }, '404 SEAT_NOT_FOUND'),
  body('an unknown row', { ...more, rows: [{ section: 'A', row_number: 99 }] }, '404 SEAT_NOT_FOUND'),
  body('an unknown section', { ...more, sections: ["A' OR '1'='1"] }, '404 SEAT_NOT_FOUND'),
  [
    'a seat of another event',
    '404 SEAT_NOT_FOUND',
    (world) => ({
      headers: asAdmin(world),
      payload: { ...more, seat_ids: world.events.other.seatIds.slice(0, 1) },
    }),
  ],
];

const reason = { reason: '초대석' };
/** Goes out with `If-Match: *`, as an honest edit may. */
const edit = (attempts: Attempt[]): Attempt[] =>
  attempts.map(([what, answer, change]) => [
    what,
    answer,
    (world) => ({ ...change(world), headers: { 'if-match': '*', ...change(world).headers } }),
  ]);

const section = { name: 'B', rows: 1, seatsPerRow: 2, startRow: 1, price: 1_000 };
const seat = { section: 'B', row_number: 1, seat_number: 1, price: 1_000 };

const all = { ...reason, sections: ['A'] };

export const organizerSeats: Attempts[] = [
  ['listOrganizerSeats' satisfies OperationId, [...tokens, ...asOthers(), unknownEvent('')]],
  [
    'listSeatBlocks',
    [
      ...tokens,
      ...asOthers(),
      unknownEvent('/blocks'),
      ...['limit=0', 'limit=101', 'cursor=%00', 'cursor=x'].map(
        (text): Attempt => [text, INVALID, (world) => ({ url: `?${text}`, headers: asAdmin(world) })],
      ),
    ],
  ],
  [
    'blockSeats',
    [
      ...tokens,
      ...bodies.map(
        ([what, answer, change]): Attempt => [
          what,
          answer,
          (world) => ({ ...change(world), headers: { ...asAdmin(world), ...change(world).headers } }),
        ],
      ),
      ...asOthers(all),
      unknownEvent('/block', all),
      ...names(reason),
      body('no reason', { sections: ['A'] }),
      body('an empty reason', { ...all, reason: '' }),
      body('a reason with NUL', { ...all, reason: 'x\0' }),
      body('a reason with half a surrogate pair', { ...all, reason: '\udfff' }),
      body('an endless reason', { ...all, reason: 'x'.repeat(501) }),
      body('a release in the past', { ...all, release_at: '2020-01-01T00:00:00Z' }),
      body('a release at a leap second', { ...all, release_at: '2098-12-31T23:59:60Z' }),
      body('a release after the last year', { ...all, release_at: '9999-12-31T23:59:59-23:59' }),
      body('a release some day', { ...all, release_at: 'tomorrow' }),
      body('a field of the row', { ...all, created_by: randomUUID() }),
    ],
  ],
  [
    'setSeatPrices',
    edit([
      ...tokens,
      ...asOthers({ price: 1, sections: ['A'] }),
      unknownEvent('/prices', { price: 1, sections: ['A'] }),
      ...names({ price: 1_000 }),
      body('a price below 0', { price: -1, sections: ['A'] }),
      body('a price above the highest', { price: 100_000_001, sections: ['A'] }),
      body('half a won', { price: 0.5, sections: ['A'] }),
    ]),
  ],
  [
    'addSections',
    [
      ...tokens,
      ...asOthers({ sections: [section] }),
      unknownEvent('/sections', { sections: [section] }),
      body('nothing', {}),
      body('an empty list', { seats: [] }),
      body('10,001 seats', { sections: Array(11).fill({ ...section, rows: 1_000, seatsPerRow: 1 }) }),
      body('an endless row', { sections: [{ ...section, seatsPerRow: 1_001 }] }),
      body('no row', { sections: [{ ...section, rows: 0 }] }),
      body('a section with NUL', { sections: [{ ...section, name: '\0' }] }),
      body('a place that is taken', { sections: [{ ...section, name: 'A' }] }, '409 SEAT_EXISTS'),
      body('a place twice', { seats: [seat, { ...seat, price: 2_000 }] }, '409 SEAT_EXISTS'),
      body('a status', { seats: [{ ...seat, status: 'reserved' }] }),
      body('an unknown attribute', { seats: [{ ...seat, attributes: ['throne'] }] }),
      body('an attribute twice', { seats: [{ ...seat, attributes: ['companion', 'companion'] }] }),
      body('a label with half a surrogate pair', { seats: [{ ...seat, seat_label: '\ud800' }] }),
      body('a place far away', { seats: [{ ...seat, x: 1e300 }] }),
    ],
  ],
  [
    'removeSection',
    [
      ...tokens,
      ...asOthers(),
      ...(['%00', 'A'.repeat(101), '%ED%A0%80'].map((name) => [
        `${name.slice(0, 20)} as section`,
        INVALID,
        (world: World) => ({
          headers: asAdmin(world),
          url: `/api/v1/admin/events/${world.events.home.eventId}/seats/sections/${name}`,
        }),
      ]) as Attempt[]),
      unknownEvent('/sections/A'),
      [
        'a section that is sold',
        '409 SECTION_IN_USE',
        (world) => ({
          headers: asAdmin(world),
          url: `/api/v1/admin/events/${world.events.home.eventId}/seats/sections/A`,
        }),
      ],
    ],
  ],
  [
    'unblockSeats',
    [
      ...tokens,
      ...asOthers({ sections: ['A'] }),
      unknownEvent('/unblock', { sections: ['A'] }),
      ...names({}),
      body('a block and seats', { block_id: randomUUID(), sections: ['A'] }),
      body('an unknown block', { block_id: randomUUID() }, '404 SEAT_BLOCK_NOT_FOUND'),
    ],
  ],
];
