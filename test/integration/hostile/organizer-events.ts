import { randomUUID } from 'node:crypto';
import { type Attempt, type Attempts, INVALID, MALFORMED, quickBodies, text, tokens } from './attempts.ts';
import type { World } from './world.ts';

const EVENT = {
  title: '봄의 노래',
  venue: '시험 공연장',
  event_date: '2037-03-20T10:00:00Z',
  sale_start_date: '2037-02-01T10:00:00Z',
  sale_end_date: '2037-03-20T09:00:00Z',
};
const SECTION = { name: 'A', rows: 1, seatsPerRow: 1, startRow: 1, price: 0 };
const EVENTS = '/api/v1/admin/events';

const asAdmin = ({ service, attacker }: World) => ({ ...service.as(attacker, 'admin'), 'if-match': '*' });
const asOrganizer = ({ service, attacker }: World) => ({
  ...service.as(attacker, 'organizer'),
  'if-match': '*',
});

const strangers: Attempt[] = [
  ...tokens,
  ['a user', '403 FORBIDDEN', () => ({})],
  ['a service', '403 FORBIDDEN', ({ service, attacker }) => ({ headers: service.as(attacker, 'service') })],
];
const anotherOrganizer = (payload?: object): Attempt => [
  'another organizer, who says *',
  '403 FORBIDDEN',
  (world) => ({ headers: asOrganizer(world), ...(payload && { payload }) }),
];
const unknownEvent = (verb: string, payload?: object): Attempt => [
  'an unknown event',
  '404 EVENT_NOT_FOUND',
  (world) => ({
    url: `${EVENTS}/${randomUUID()}${verb}`,
    headers: asAdmin(world),
    ...(payload && { payload }),
  }),
];

const wrong = (sound: object, name: string, value: unknown): Attempt => [
  `${name}: ${JSON.stringify(value).slice(0, 60)}`,
  INVALID,
  (world) => ({ headers: asAdmin(world), payload: { ...sound, [name]: value } }),
];

const values: [string, unknown][] = [
  ['title', ''],
  ['title', ' \u3000 '],
  ['title', 'a\0b'],
  ['title', '\ud800'],
  ['title', 'x'.repeat(201)],
  ['title', null],
  ['description', 'x'.repeat(10_001)],
  ['description', '\udfff'],
  ['event_date', '0000-01-01T00:00:00Z'],
  ['event_date', '2037-02-30T00:00:00Z'],
  ['event_date', '9999-12-31T23:59:59Z'],
  ['event_date', 2_120_000_000],
  ['sale_end_date', '2037-03-20T08:59:60Z'],
  ['companion_release_at', '2037-02-30T00:00:00Z'],
  ['companion_release_at', '2037-03-20'],
  ['companion_release_at', 'infinity'],
  ['companion_release_at', 2_120_000_000],
  ['companion_release_at', '9999-12-31T23:59:59Z'],
  ['companions_released', true],
  ['timezone', '../../etc/passwd'],
  ['timezone', 'Asia/Atlantis'],
  ['timezone', '+09'],
  ['timezone', 'asia/seoul'],
  ['timezone', 'ASIA/KOLKATA'],
  ['poster_image_url', 'javascript:alert(1)'],
  ['poster_image_url', 'https://x/\u0000'],
  ['seat_layout_id', 'seven'],
  ['hold_seconds', 1e300],
  ['hold_seconds', 0.5],
  ['max_seats_per_user', -1],
  ['created_by', randomUUID()],
  ['revision', 99],
];

const seat = (more: object) => [{ section: 'A', row: 1, number: 1, ...more }];
/** Seats of a hall that are none. */
export const places: object[] = [
  { sections: [{ ...SECTION, name: 'a\0' }] },
  { sections: [{ ...SECTION, rows: 10_000, seatsPerRow: 10_000 }] },
  { sections: [{ ...SECTION, rows: 1e300 }] },
  { sections: [{ ...SECTION, price: -1 }] },
  { sections: [SECTION, SECTION] },
  { sections: [] },
  { sections: [SECTION], seats: seat({}) },
  { seats: seat({ section: '\ud800' }) },
  { seats: seat({ row: 1e300 }) },
  { seats: seat({ number: 0 }) },
  { seats: seat({ x: 1e300 }) },
  { seats: seat({ label: 'x'.repeat(101) }) },
  { seats: seat({ attributes: ['throne'] }) },
  { seats: [...seat({}), ...seat({ section: ' A ' })] },
];

const csv = (what: string, expected: string, body: string | Buffer): Attempt => [
  what,
  expected,
  (world) => ({
    ...text(body, { ...asAdmin(world), 'content-type': 'text/csv' }),
    url: '/api/v1/admin/layouts/csv?name=x',
  }),
];
const HEAD = 'section,row,number\n';

export const organizerEvents: Attempts[] = [
  [
    'createEvent',
    [
      ...strangers,
      ...quickBodies((world) => ({ headers: asAdmin(world) })),
      ...values.map(([name, value]) => wrong(EVENT, name, value)),
    ],
  ],
  ['getOrganizerEvent', [...strangers, anotherOrganizer(), unknownEvent('')]],
  [
    'changeEvent',
    [
      ...strangers,
      anotherOrganizer({ title: '내 것' }),
      unknownEvent('', { title: 'x' }),
      ...quickBodies((world) => ({ headers: asAdmin(world) })),
      ...values.map(([name, value]) => wrong({}, name, value)),
      wrong({}, 'status', 'cancelled'),
      wrong({}, 'status', 'draft'),
    ],
  ],
  ['publishEvent', [...strangers, anotherOrganizer(), unknownEvent('/publish')]],
  ['unpublishEvent', [...strangers, anotherOrganizer(), unknownEvent('/unpublish')]],
  ['duplicateEvent', [...strangers, anotherOrganizer(), unknownEvent('/duplicate')]],
  ['deleteDraft', [...strangers, anotherOrganizer(), unknownEvent('')]],
  [
    'listOrganizerEvents',
    [
      ...strangers,
      ...['q=%00', `q=${'x'.repeat(101)}`, 'limit=101', 'limit=1e2', 'cursor=!!!', 'status=x'].map(
        (query): Attempt => [
          query.slice(0, 20),
          INVALID,
          (world) => ({ url: `?${query}`, headers: asAdmin(world) }),
        ],
      ),
    ],
  ],
  [
    'createLayout',
    [
      ...strangers,
      ...quickBodies((world) => ({ headers: asAdmin(world) })),
      ...places.map(
        (place): Attempt => [
          JSON.stringify(place).slice(0, 80),
          INVALID,
          (world) => ({ headers: asAdmin(world), payload: { name: '홀', ...place } }),
        ],
      ),
    ],
  ],
  [
    'createLayoutFromCsv',
    [
      ...strangers,
      csv('CP949, as Excel in Korea writes', MALFORMED, Buffer.from([0xb1, 0xb8, 0xbf, 0xaa])),
      csv('UTF-16', MALFORMED, Buffer.from(`\ufeff${HEAD}A,1,1`, 'utf16le')),
      csv('an empty file', INVALID, ' '),
      csv('no header', INVALID, 'A,1,1\n'),
      csv('__proto__ as a column', INVALID, 'section,row,number,__proto__\nA,1,1,x\n'),
      csv('a column twice', INVALID, 'section,row,number,row\nA,1,1,2\n'),
      csv('a quote without an end', INVALID, `${HEAD}"A,1,1\n`),
      csv('a line that is too short', INVALID, `${HEAD}A,1\n`),
      csv('a line of 1 MB', INVALID, `${HEAD}${'x'.repeat(1_000_000)},1,1\n`),
      csv('a NUL character', INVALID, `${HEAD}A\0,1,1\n`),
      csv(
        '100,001 seats',
        INVALID,
        HEAD + Array.from({ length: 100_001 }, (_, at) => `A,1,${at}\n`).join(''),
      ),
    ],
  ],
];
