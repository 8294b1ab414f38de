import type { QueueLottery, QueueLotteryOrder } from './http/types.ts';

/** A user's place in the draw of an event's lobby, and the data that the service published about the draw. */
export interface LotteryPlace {
  /** The user id in the access token, a UUID. */
  userId: string;
  /** The user's place in the draw, counted from 1: the `sequence` of `checkQueue` and `getQueueStatus`. */
  sequence: number;
  /** The result of `getQueueLottery` after the draw, with the `seedHash` that was saved before the start. */
  lottery: Pick<QueueLottery, 'seedHash' | 'seed' | 'entries'>;
  /** The result of `getQueueLotteryOrder`. Without it, other places can't be checked. */
  order?: Pick<QueueLotteryOrder, 'entries' | 'numbers'>;
}

export interface LotteryVerdict {
  /** Whether every check succeeded. */
  valid: boolean;
  /** The user's number in the draw, the first 16 hex digits of their HMAC. Null if the seed or the user id is not usable. */
  number: string | null;
  /** The failed checks, in English. Empty if `valid`. */
  problems: string[];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SEED = /^[0-9a-f]{64}$/;
const NUMBER = /^[0-9a-f]{16}$/;

/**
 * Verifies a user's place in the draw of a lobby without trusting the service. The order is that of HMAC-SHA256 with the 32 bytes
 * of the seed as key and the user id (36 characters, lower case) as message, ascending.
 *
 * A valid verdict proves:
 * - `lottery.seedHash` is the hash of the seed. With a `seedHash` that was saved before the start
 *   (`lottery: { ...drawn, seedHash: saved }`), the seed was not chosen or changed afterwards either.
 * - With `order`: the published numbers are in order, and exactly `sequence - 1` of them stand before the user's. The user's number
 *   follows from the seed and the user id alone, so their place was not set by hand.
 *
 * It does not prove:
 * - That every user was shown the same `order`. Compare it with other users.
 * - That each number belongs to a person, or that no other user was left out. User ids are not published, so users can only check
 *   their own place.
 * - That the author of the seed knew no user ids when its hash was published, or kept the seed secret until the draw.
 * - That users were admitted in this order. `servedSeq` shows that.
 * - Without `order`, anything about the place except that the draw had that many.
 *
 * It needs WebCrypto, which Node has, and browsers on https or localhost.
 *
 * @returns `{ valid, number, problems }`
 */
export async function verifyLotteryPlace(place: LotteryPlace): Promise<LotteryVerdict> {
  const { sequence, lottery, order } = place;
  const problems: string[] = [];
  const check = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
    return holds;
  };

  const userId = place.userId.toLowerCase();
  const seed = lottery.seed?.toLowerCase() ?? '';
  const known = [
    check(UUID.test(userId), 'The user id is not a UUID'),
    check(SEED.test(seed), 'The seed is not published, or not 64 hex digits'),
  ].every(Boolean);
  let number: string | null = null;
  if (known) {
    const hash = await crypto.subtle.digest('SHA-256', fromHex(seed));
    check(
      toHex(hash) === lottery.seedHash.toLowerCase(),
      'The seed is not the one whose hash was published before the draw',
    );
    number = (await hmac(seed, userId)).slice(0, 16);
  }
  check(
    Number.isInteger(sequence) && sequence >= 1 && sequence <= (lottery.entries ?? 0),
    'The draw has no such place',
  );
  if (order) {
    const { numbers } = order;
    check(
      numbers.length === lottery.entries && numbers.length === order.entries,
      'The order does not have as many numbers as were drawn',
    );
    check(
      numbers.every((each, index) => NUMBER.test(each) && each >= (numbers[index - 1] ?? '')),
      'The numbers of the order do not ascend',
    );
    if (known) check(numbers[sequence - 1] === number, 'Another number stands at this place of the order');
  }
  return { valid: problems.length === 0, number, problems };
}

async function hmac(seed: string, message: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', fromHex(seed), algorithm, false, ['sign']);
  return toHex(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(message)));
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
