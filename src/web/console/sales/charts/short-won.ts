import { language } from '../../../shared/language.ts';

/** For the axis of a chart: ₩0, ₩850K, ₩1.2M, or ₩120만 */
export function shortWon(amount: number): string {
  return `₩${new Intl.NumberFormat(language.value, { notation: 'compact', maximumFractionDigits: 1 }).format(amount)}`;
}
