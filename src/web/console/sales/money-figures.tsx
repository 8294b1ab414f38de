import type { SalesOverview } from '../../../client/index.ts';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Figure } from '../live/figure.tsx';
import { rateText } from '../live/rate-text.ts';
import { rates, type Sample } from '../live/trend.ts';
import type { Stock } from './stock.ts';

const t = texts({
  ko: {
    title: '매출',
    revenue: '매출',
    refunds: '환불 예정',
    refundsCount: (n: string) => `${n}건`,
    rate: '초당 판매',
    rateNote: '최근 10초, 결제 완료 기준',
  },
  en: {
    title: 'Revenue',
    revenue: 'Revenue',
    refunds: 'Refunds due',
    refundsCount: (n) => `${n} to pay back`,
    rate: 'Sales a second',
    rateNote: 'paid in the last 10 s',
  },
});

interface MoneyFiguresProps {
  sales: SalesOverview;
  trend: readonly Sample<Stock & { revenue: number; refundsDue: number }>[];
}

export function MoneyFigures({ sales, trend }: MoneyFiguresProps) {
  const rate = rates(trend, (each) => each.sold);
  const { amount, count: refunds } = sales.refunds_due;
  return (
    <section class="card">
      <h3>{t.value.title}</h3>
      <dl class="figures" data-kind="group">
        <Figure
          label={t.value.revenue}
          value={won(sales.revenue)}
          trend={trend}
          pick={(each) => each.revenue}
        />
        <Figure
          label={t.value.rate}
          value={rateText(rate.at(-1)?.rate ?? null)}
          note={t.value.rateNote}
          trend={rate}
          pick={(each) => each.rate}
        />
        <Figure
          label={t.value.refunds}
          value={won(amount)}
          note={t.value.refundsCount(count(refunds))}
          tone={refunds > 0 ? 'warn' : undefined}
          trend={trend}
          pick={(each) => each.refundsDue}
        />
      </dl>
    </section>
  );
}
