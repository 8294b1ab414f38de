import type { QueueLottery, QueueLotteryOrder } from './http/types.ts';

/** A user's place in the draw of an event's lobby, and what the service published of it. */
export interface LotteryPlace {
  /** As in the access token: a UUID. */
  userId: string;
  /** The place in the draw that the service gave this user, from 1: the `sequence` of `checkQueue` and `getQueueStatus`. */
  sequence: number;
  /** As `getQueueLottery` gives it after the draw, with the `seedHash` that was noted before the start. */
  lottery: Pick<QueueLottery, 'seedHash' | 'seed' | 'entries'>;
  /** As `getQueueLotteryOrder` gives it; without it nothing is known of the places of others. */
  order?: Pick<QueueLotteryOrder, 'entries' | 'numbers'>;
}

export interface LotteryVerdict {
  /** Whether everything that could be checked holds. */
  valid: boolean;
  /** What the user drew: the first 16 hex digits of his HMAC; null where seed or user id are not usable. */
  number: string | null;
  /** What doesn't hold, in English, for people; empty where `valid`. */
  problems: string[];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SEED = /^[0-9a-f]{64}$/;
const NUMBER = /^[0-9a-f]{16}$/;

/**
 * Checks one's own place in the draw of a lobby, without trusting the service. The order is that of HMAC-SHA256 with the seed's 32
 * bytes as key and the user id (36 characters, lower case) as message, ascending.
 *
 * What a valid verdict proves:
 * - The seed is the one of which `lottery.seedHash` is the hash. With a `seedHash` that was noted before the start
 *   (`lottery: { ...drawn, seedHash: noted }`), also that it was not chosen or changed since.
 * - With `order`: of the numbers that were published, all in order, exactly `sequence - 1` stand before this user's, which follows
 *   from the seed and the user id alone. Nobody put him there by hand.
 *
 * What it does not prove:
 * - That everybody was shown the same `order`: compare it with others'.
 * - That each number in it is that of a person, or that nobody else was left out: it names nobody, so each can check only himself.
 * - That whoever made the seed had no user ids in mind when its hash was published, or told nobody about it before the draw.
 * - That people were let in by their places: that is shown by `servedSeq`.
 * - Without `order`, anything of the place but that there were so many.
 *
 * Works where WebCrypto is: in Node, and in browsers on https or localhost.
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
    'There is no such place in the draw',
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
