import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { uuidFromHex, uuidToHex } from '../../lib/uuid.ts';

export const ID_BYTES = 16;
const LOT_BYTES = 32;
const RECORD_BYTES = LOT_BYTES + ID_BYTES;
/** The published part of a lot, in hex. */
const NUMBER_BYTES = 8;
/** Users in one turn of the event loop: about 3 ms. */
const DRAWN_AT_ONCE = 1_000;
const PARTS = 256;
/** About 4 ms for 200,000 users. */
const PARTS_AT_ONCE = 8;

/** One key for many lots. From bytes, Node would make a key for each lot and take eight times as long. */
const keyOf = (seed: Buffer): KeyObject => createSecretKey(seed);

/** The lot of a user. */
function lotOf(key: KeyObject, userId: string): Buffer {
  return createHmac('sha256', key).update(userId).digest();
}

function numberWith(key: KeyObject, userId: string): string {
  return lotOf(key, userId).toString('hex', 0, NUMBER_BYTES);
}

/** The published number of a user's lot. */
export function numberOf(seed: Buffer, userId: string): string {
  return numberWith(keyOf(seed), userId);
}

/** The published numbers of many users. */
export async function numbersOf(seed: Buffer, userIds: string[]): Promise<string[]> {
  const key = keyOf(seed);
  const numbers: string[] = [];
  for await (const some of inTurns(userIds)) {
    for (const userId of some) numbers.push(numberWith(key, userId));
  }
  return numbers;
}

/**
 * Orders users by their lots. It works a few milliseconds at a time, so that other requests are served meanwhile, and in bytes, since
 * 200,000 long-lived objects would make the garbage collector stop everything.
 *
 * @param chunks user ids in lower case, each once
 * @returns the ids in the order of their lots, 16 bytes each
 */
export async function draw(seed: Buffer, chunks: AsyncIterable<string[]>): Promise<Buffer> {
  const key = keyOf(seed);
  const written: Buffer[] = [];
  for await (const chunk of chunks) {
    for await (const userIds of inTurns(chunk)) written.push(recordsOf(key, userIds));
  }
  const records = Buffer.concat(written);
  // Lots are spread evenly, so that the parts by first byte are all small.
  const parts: number[][] = Array.from({ length: PARTS }, () => []);
  for (let at = 0; at < records.length; at += RECORD_BYTES) parts[records[at] as number]?.push(at);

  const drawn = Buffer.alloc((records.length / RECORD_BYTES) * ID_BYTES);
  let end = 0;
  for (const [index, part] of parts.entries()) {
    part.sort(
      (one, other) =>
        records.readUInt32BE(one) - records.readUInt32BE(other) ||
        records.compare(records, other, other + LOT_BYTES, one, one + LOT_BYTES),
    );
    for (const at of part) end += records.copy(drawn, end, at + LOT_BYTES, at + RECORD_BYTES);
    if (index % PARTS_AT_ONCE === 0) await nextTurn();
  }
  return drawn;
}

/** For each user their lot, then their id. */
function recordsOf(key: KeyObject, userIds: string[]): Buffer {
  const records = Buffer.alloc(userIds.length * RECORD_BYTES);
  for (const [index, userId] of userIds.entries()) {
    const at = index * RECORD_BYTES;
    lotOf(key, userId).copy(records, at);
    records.write(uuidToHex(userId), at + LOT_BYTES, 'hex');
  }
  return records;
}

async function* inTurns(userIds: string[]): AsyncGenerator<string[]> {
  for (let from = 0; from < userIds.length; from += DRAWN_AT_ONCE) {
    yield userIds.slice(from, from + DRAWN_AT_ONCE);
    await nextTurn();
  }
}

/** @returns the index of a number in an ascending list; -1 if it is absent */
export function findNumber(numbers: string[], number: string): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as string) < number) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === number ? low : -1;
}

/** Reads what `draw` returns, or a part of it. */
export function toUserIds(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  return Array.from({ length: bytes.length / ID_BYTES }, (_, index) =>
    uuidFromHex(hex.slice(index * ID_BYTES * 2, (index + 1) * ID_BYTES * 2)),
  );
}
