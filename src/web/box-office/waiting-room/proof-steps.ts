import { type LotteryPlace, verifyLotteryPlace } from '../../../client/index.ts';

/** What was checked, in the order in which people can follow it. */
export interface Proof {
  valid: boolean;
  /** The published seed has the hash that was told before the draw. */
  seed: boolean;
  /** The buyer's number, which follows from the seed and their id alone. */
  number: string | null;
  /** Every published number stands in order, and none is missing. */
  order: boolean;
  /** The buyer's number stands at their place. */
  place: boolean;
  /** Numbers before the buyer's. */
  before: number;
}

/** Verifies a place in the draw with the SDK, and says what each step of it found. */
export async function provePlace(place: Required<LotteryPlace>): Promise<Proof> {
  const { sequence, lottery, order } = place;
  const [{ valid, number }, seed] = await Promise.all([
    verifyLotteryPlace(place),
    // Without an order, and with a place that any draw has, only seed and hash are checked.
    verifyLotteryPlace({ userId: place.userId, sequence: 1, lottery: { ...lottery, entries: 1 } }),
  ]);
  const { numbers } = order;
  return {
    valid,
    seed: seed.valid,
    number,
    order:
      numbers.length === lottery.entries &&
      numbers.every((each, index) => each >= (numbers[index - 1] ?? '')),
    place: number !== null && numbers[sequence - 1] === number,
    before: sequence - 1,
  };
}

/** The place of the user's number in the published order, or 0 if it isn't there. */
export async function sequenceOf({
  order,
  ...draw
}: Required<Omit<LotteryPlace, 'sequence'>>): Promise<number> {
  const { number } = await verifyLotteryPlace({ ...draw, sequence: 1 });
  return number === null ? 0 : order.numbers.indexOf(number) + 1;
}
