import type { ComponentChildren } from 'preact';
import type { SalesOverview } from '../../../client/index.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Figure } from '../live/figure.tsx';
import type { Sample } from '../live/trend.ts';
import { percentText, type Stock, stockOf } from './stock.ts';
import { StockBar } from './stock-bar.tsx';

const t = texts({
  ko: {
    title: '재고',
    sold: '판매',
    held: '선점 중',
    free: '잔여',
    blocked: '판매 보류',
    kinds: (seats: string, tickets: string) => `좌석 ${seats} · 티켓 ${tickets}`,
    total: (n: string) => `전체 ${n}`,
    soldOut: '매진',
  },
  en: {
    title: 'Stock',
    sold: 'Sold',
    held: 'Held',
    free: 'Free',
    blocked: 'Blocked',
    kinds: (seats, tickets) => `Seats ${seats} · Tickets ${tickets}`,
    total: (n) => `of ${n}`,
    soldOut: 'Sold out',
  },
});

interface StockFiguresProps {
  sales: SalesOverview;
  trend: readonly Sample<Stock>[];
  /** At the end of its heading. */
  children: ComponentChildren;
}

export function StockFigures({ sales, trend, children }: StockFiguresProps) {
  const stock = stockOf(sales);
  const { seats, tickets } = sales;
  const note = (kind: 'sold' | 'held' | 'free') =>
    seats.total > 0 && tickets.total > 0
      ? t.value.kinds(count(seats[kind]), count(tickets[kind]))
      : percentText(stock[kind], stock.total);
  return (
    <section class="card stack">
      <div class="row heading">
        <h3>{t.value.title}</h3>
        <span class="soft number">{t.value.total(count(stock.total))}</span>
        {stock.total > 0 && stock.free + stock.held === 0 && <Badge tone="accent">{t.value.soldOut}</Badge>}
        {children}
      </div>
      <StockBar stock={stock} />
      <dl class="figures" data-kind="stock">
        <Figure
          label={t.value.sold}
          value={count(stock.sold)}
          note={note('sold')}
          trend={trend}
          pick={(each) => each.sold}
        />
        <Figure
          label={t.value.held}
          value={count(stock.held)}
          note={note('held')}
          trend={trend}
          pick={(each) => each.held}
        />
        <Figure
          label={t.value.free}
          value={count(stock.free)}
          note={note('free')}
          trend={trend}
          pick={(each) => each.free}
        />
        <Figure
          label={t.value.blocked}
          value={count(stock.blocked)}
          note={percentText(stock.blocked, stock.total)}
          trend={trend}
          pick={(each) => each.blocked}
        />
      </dl>
    </section>
  );
}
