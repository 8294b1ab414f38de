import type { HallSeat } from './hall-seat.ts';

/** How a seat is drawn. Shapes and marks differ as well as colors, for people who can't tell colors apart. */
export interface Look {
  /** The color of the seat, as CSS has it. */
  color: string;
  /**
   * `full`: a filled square, free. `hollow`: a frame, held. `small`: a small square, sold. `crossed`: a frame with a cross, blocked.
   * `chosen`: larger, with a check.
   */
  shape: 'full' | 'hollow' | 'small' | 'crossed' | 'chosen';
  /** A place for a wheelchair, the seat of a companion, or one with a restricted view. */
  mark?: 'accessible' | 'companion' | 'restricted';
}

/** Seats with the same attributes have the same mark, whatever their state. */
export function markOf({ attributes }: Pick<HallSeat, 'attributes'>): Pick<Look, 'mark'> {
  if (attributes === undefined) return {};
  if (attributes.includes('accessible')) return { mark: 'accessible' };
  if (attributes.includes('companion')) return { mark: 'companion' };
  return attributes.includes('restricted_view') ? { mark: 'restricted' } : {};
}

/**
 * The colors of Okabe and Ito, which people with any kind of color blindness can tell apart, from the most expensive class down. In
 * dark, the blue is lighter, so that it stands out from the ground.
 */
const CLASSES = {
  light: ['#d55e00', '#0072b2', '#009e73', '#e69f00', '#cc79a7', '#56b4e9', '#8c7a3f'],
  dark: ['#e8711a', '#3d9be0', '#14b88a', '#f0b022', '#dd92bb', '#8accf2', '#c4b268'],
};

/** A class of seats with about the same price. */
export interface PriceClass {
  from: number;
  to: number;
}

/** The prices of a hall, highest first. More than seven are put together by neighbors, since more colors can't be told apart. */
export function priceClasses(seats: Iterable<Pick<HallSeat, 'price'>>): PriceClass[] {
  const unique = new Set<number>();
  for (const { price } of seats) unique.add(price);
  const prices = [...unique].sort((a, b) => b - a);
  const count = Math.min(prices.length, CLASSES.light.length);
  return Array.from({ length: count }, (_, at) => {
    const some = prices.slice(
      Math.floor((at * prices.length) / count),
      Math.floor(((at + 1) * prices.length) / count),
    );
    return { from: some.at(-1) as number, to: some[0] as number };
  });
}

export function classOf(classes: readonly PriceClass[], price: number): number {
  return Math.max(
    0,
    classes.findIndex(({ from }) => price >= from),
  );
}

export type Theme = 'light' | 'dark';

export function classColor(at: number, theme: Theme): string {
  return CLASSES[theme][at % CLASSES[theme].length] as string;
}

/** Seats that can't be had. */
export const TAKEN_COLOR = { light: '#b9b3aa', dark: '#5b5b64' };
