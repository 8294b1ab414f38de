import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { jpeg, png, webp } from '../../support/images.ts';
import { type Attempt, type Attempts, type Change, INVALID, TOO_LARGE, tokens } from './attempts.ts';
import type { World } from './world.ts';

const NOT_ACCEPTED = '422 POSTER_NOT_ACCEPTED';
const NO_TYPE = '415 UNSUPPORTED_MEDIA_TYPE';
const as = ({ service, attacker }: World, role: 'admin' | 'organizer' | 'service') =>
  service.as(attacker, role);
const address = (id: string) => `/api/v1/admin/events/${id}/poster`;

/** A whole PNG, as an honest organizer sends it. */
const honest = { payload: [png()], headers: { 'content-type': 'image/png' } };
const upload = (world: World, role: 'admin' | 'organizer' | 'service'): Change => ({
  ...honest,
  headers: { ...as(world, role), ...honest.headers },
});
const remove = (world: World, role: 'admin' | 'organizer' | 'service'): Change => ({
  headers: as(world, role),
});

const strangers = (change: typeof upload): Attempt[] => [
  ...tokens,
  ['a user', '403 FORBIDDEN', () => (change === upload ? honest : {})],
  ['a service', '403 FORBIDDEN', (world) => change(world, 'service')],
  ['another organizer', '403 FORBIDDEN', (world) => change(world, 'organizer')],
];
const ids = (change: typeof upload): Attempt[] => [
  ...['7', 'x'.repeat(500), `${randomUUID()}%00`, '..%2F..%2Fetc%2Fpasswd', `${randomUUID()}.png`].map(
    (id): Attempt => [
      `${id.slice(0, 40)} as id`,
      INVALID,
      (world) => ({ ...change(world, 'admin'), url: address(id) }),
    ],
  ),
  [
    'an unknown event',
    '404 EVENT_NOT_FOUND',
    (world) => ({ ...change(world, 'admin'), url: address(randomUUID()) }),
  ],
];
const image = (what: string, bytes: Buffer, type = 'image/png', expected = NOT_ACCEPTED): Attempt => [
  what,
  expected,
  (world) => ({ payload: [bytes], headers: { ...as(world, 'admin'), 'content-type': type } }),
];
const endless = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(0xffff_ffff, at);
  return copy;
};
const page = Buffer.from('<script>alert(1)</script>');

export const posters: Attempts[] = [
  [
    'uploadPoster',
    [
      ...strangers(upload),
      ...ids(upload),
      image('a PNG of 10,001 pixels in a row', png(10_001, 1)),
      image('a PNG of 4 billion pixels', png(65_535, 65_535)),
      image('a PNG of 2³² − 1 pixels a side', png(0xffff_ffff, 0xffff_ffff)),
      image('a PNG of 41 million pixels', png(8_200, 5_000)),
      image('a PNG without pixels', png(0, 0)),
      image('a JPEG of 65,535 pixels a side', jpeg(65_535, 65_535), 'image/jpeg'),
      image('a WebP of 16 million pixels a side', webp(16_000_000, 16_000_000), 'image/webp'),
      image('a PNG whose first chunk has no end', endless(png(), 8)),
      image('half of a PNG', png().subarray(0, 40)),
      image('a page before a PNG', Buffer.concat([page, png()])),
      image('a page behind a JPEG', Buffer.concat([jpeg(), page]), 'image/jpeg'),
      image('a page behind a WebP', Buffer.concat([webp(), page]), 'image/webp'),
      image('a script', page, 'image/png'),
      image('a PNG that calls itself SVG', png(), 'image/svg+xml'),
      image('a PNG with two types', png(), 'image/png, text/html', NO_TYPE),
      image('a type that is none', png(), ';;;', NO_TYPE),
      image('a file of a form', png(), 'multipart/form-data; boundary="../../x"; filename="../../x.png"'),
      image('5 MB and one byte', Buffer.alloc(5 * 1024 * 1024 + 1), 'image/png', TOO_LARGE),
      [
        'a compressed PNG',
        NOT_ACCEPTED,
        (world) => ({
          payload: [gzipSync(png())],
          headers: { ...as(world, 'admin'), 'content-type': 'image/png', 'content-encoding': 'gzip' },
        }),
      ],
    ],
  ],
  [
    'deletePoster',
    [
      ...strangers(remove),
      ...ids(remove),
      ['a poster that is not there', '404 POSTER_NOT_FOUND', (world) => ({ headers: as(world, 'admin') })],
    ],
  ],
  [
    'getPoster',
    [
      ['a poster that is not there', '404 POSTER_NOT_FOUND', () => ({})],
      ['the version of a file', '404 POSTER_NOT_FOUND', () => ({ url: '?v=..%2F..%2Fetc%2Fpasswd' })],
      ['an endless version', INVALID, () => ({ url: `?v=${'x'.repeat(5_000)}` })],
    ],
  ],
];
