import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { Stock } from './stock.ts';

const t = texts({
  ko: {
    label: (sold: string, held: string, free: string, blocked: string) =>
      `판매 ${sold}, 선점 중 ${held}, 잔여 ${free}, 판매 보류 ${blocked}`,
  },
  en: {
    label: (sold, held, free, blocked) => `${sold} sold, ${held} held, ${free} free, ${blocked} blocked`,
  },
});

const PARTS = ['sold', 'held', 'blocked', 'free'] as const;

/** The parts of a stock side by side. */
export function StockBar({ stock }: { stock: Stock }) {
  const { sold, held, free, blocked, total } = stock;
  return (
    <div
      class="stock-bar"
      role="img"
      aria-label={t.value.label(count(sold), count(held), count(free), count(blocked))}
    >
      {total > 0 &&
        PARTS.map((part) => <span key={part} data-part={part} style={{ flexGrow: stock[part] / total }} />)}
    </div>
  );
}
