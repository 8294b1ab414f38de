import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readImage } from '../../../../src/events/posters/image.ts';
import { jpeg, png, webp } from '../../../support/images.ts';

test.each([
  ['image/png', png],
  ['image/jpeg', jpeg],
  ['image/webp', webp],
])('%s is read with its size', (type, make) => {
  expect(readImage(make(1080, 1528))).toEqual({ type, width: 1080, height: 1528 });
});

const script = Buffer.from('<script>alert(1)</script>');

test.each([
  ['nothing', Buffer.alloc(0)],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
  ['a GIF', Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1')],
  ['a page', Buffer.from('<!doctype html><p>')],
  ['an archive behind a PNG', Buffer.concat([png(), Buffer.from('PK\x03\x04', 'latin1')])],
  ['a script behind a PNG', Buffer.concat([png(), script])],
  ['a script behind a JPEG', Buffer.concat([jpeg(), script])],
  ['a script behind a WebP', Buffer.concat([webp(), script])],
  ['a script before a PNG', Buffer.concat([script, png()])],
  ['half a PNG', png().subarray(0, -20)],
  ['half a JPEG', jpeg().subarray(0, -4)],
  ['half a WebP', webp().subarray(0, -1)],
  ['a signature alone', png().subarray(0, 8)],
  ['a PNG without width', png(0, 3)],
  ['a PNG of 10,001 pixels', png(10_001, 1)],
  ['a PNG of 100 million pixels', png(10_000, 10_000)],
  ['a JPEG without height', jpeg(3, 0)],
  ['a WebP of 16 million pixels a side', webp(1 << 24, 1)],
])('%s is no image', (_what, bytes) => {
  expect(readImage(bytes)).toBeUndefined();
});

test('no bytes make it fail or search for ever', () => {
  const start = fc.constantFrom(png(), jpeg(), webp());
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 100 }), fc.nat(120), (image, noise, at) => {
      const bytes = Buffer.concat([image.subarray(0, at), noise, image.subarray(at)]);
      expect([undefined, 'object']).toContain(readImage(bytes) && typeof readImage(bytes));
    }),
  );
});
