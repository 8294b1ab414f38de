import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';

/** From here on it is worth hurrying. */
const FEW = 0.1;

const t = texts({
  ko: {
    none: '매진',
    ticket: (n: number) => `${count(n)}매 남음`,
    seat: (n: number) => `${count(n)}석 남음`,
  },
  en: {
    none: 'Sold out',
    ticket: (n) => `${count(n)} left`,
    seat: (n) => `${count(n)} free`,
  },
});

interface LeftProps {
  unit: 'ticket' | 'seat';
  left: number;
  total: number;
}

/** How much is left, in figures and as a bar. */
export function Left({ unit, left, total }: LeftProps) {
  const share = total === 0 ? 0 : left / total;
  return (
    <div class="left" data-few={left > 0 && share <= FEW}>
      <span class="number">{left === 0 ? t.value.none : t.value[unit](left)}</span>
      <span class="bar-of-stock" aria-hidden="true">
        <span style={{ width: `${Math.max(share * 100, left > 0 ? 2 : 0)}%` }} />
      </span>
    </div>
  );
}
