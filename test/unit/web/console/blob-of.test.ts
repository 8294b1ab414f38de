import { expect, test } from 'vitest';
import { blobOf } from '../../../../src/web/console/reservations/blob-of.ts';

const MEGABYTE = 1_048_576;

test('an export of many parts is one file, in their order, and tells how far it is', async () => {
  let sent = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 10) return controller.close();
      controller.enqueue(new Uint8Array(MEGABYTE).fill(sent++));
    },
  });
  const seen: number[] = [];
  const blob = await blobOf(stream, 'text/csv', (bytes) => seen.push(bytes / MEGABYTE));
  expect([blob.size, blob.type]).toEqual([10 * MEGABYTE, 'text/csv']);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  expect(Array.from({ length: 10 }, (_, at) => bytes[at * MEGABYTE + 7])).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ]);
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('an export that breaks off makes no file', async () => {
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error('stopped')),
  });
  await expect(blobOf(stream, 'text/csv', () => undefined)).rejects.toThrow('stopped');
});
