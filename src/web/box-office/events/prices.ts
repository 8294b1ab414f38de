import { won } from '../../shared/format.ts';

/** ₩99,000 – ₩176,000. */
export function priceText(min: number, max: number): string {
  return min === max ? won(min) : `${won(min)} – ${won(max)}`;
}
