import { useMemo } from 'preact/hooks';
import type { SalesSeries } from '../../../../client/index.ts';
import { count, won } from '../../../shared/format.ts';
import { texts } from '../../../shared/language.ts';
import type { ServiceFigures } from '../../health/service-status.ts';
import { msText } from '../../live/rate-text.ts';
import { byMinute, columns, type Sample } from '../../live/trend.ts';
import type { QueueFigures } from '../../queue/queue-live.ts';
import { everyMinute } from '../stock.ts';
import { Chart } from './chart.tsx';
import type { ChartData } from './chart-spec.ts';
import { shortWon } from './short-won.ts';

const t = texts({
  ko: {
    title: '최근 1시간',
    time: '시각',
    sales: '분당 판매',
    sold: '판매',
    cancelled: '취소된 예매',
    revenue: '분당 매출',
    line: '대기열',
    waiting: '대기',
    inside: '입장',
    holds: '선점 응답 시간',
    since: '이 페이지를 연 동안의 기록',
    service: '서비스 전체, 이 페이지를 연 동안의 기록',
  },
  en: {
    title: 'The last hour',
    time: 'Time',
    sales: 'Sales per minute',
    sold: 'Sold',
    cancelled: 'Cancelled reservations',
    revenue: 'Revenue per minute',
    line: 'Waiting room',
    waiting: 'In line',
    inside: 'Inside',
    holds: 'Latency of holds',
    since: 'while this page was open',
    service: 'the whole service, while this page was open',
  },
});

interface HourChartsProps {
  timezone: string;
  series: SalesSeries | undefined;
  queue: readonly Sample<QueueFigures>[];
  service: readonly Sample<ServiceFigures>[];
  /** When the newest figures were read, in ms since 1970. Charts are drawn again when it changes. */
  readAt: number;
}

export function HourCharts({ timezone, series, queue, service, readAt }: HourChartsProps) {
  const { sold, revenue, line, holds } = useMemo(() => {
    const minutes = everyMinute(series ?? { steps: [] }, readAt);
    const times = minutes.map(({ at }) => at / 1_000);
    const newest = minutes.toReversed();
    return {
      sold: {
        data: [times, minutes.map((each) => each.sold), minutes.map((each) => each.cancelled)] as ChartData,
        rows: newest.map(({ at, sold, cancelled }) => ({ at, values: [sold, cancelled] })),
      },
      revenue: {
        data: [times, minutes.map((each) => each.revenue)] as ChartData,
        rows: newest.map(({ at, revenue }) => ({ at, values: [revenue] })),
      },
      line: {
        data: columns(queue, [({ waiting }) => waiting, ({ inside }) => inside]),
        rows: byMinute(queue).map(({ at, waiting, inside }) => ({ at, values: [waiting, inside] })),
      },
      holds: {
        data: columns(service, [({ p50 }) => p50, ({ p99 }) => p99]),
        rows: byMinute(service).map(({ at, p50, p99 }) => ({ at, values: [p50, p99] })),
      },
    };
    // The trends grow in place.
  }, [series, queue, service, readAt]);
  const common = { timezone, timeLabel: t.value.time };
  return (
    <section class="stack" aria-label={t.value.title}>
      <h2>{t.value.title}</h2>
      <div class="charts">
        <Chart
          {...common}
          {...sold}
          title={t.value.sales}
          kind="bars"
          format={count}
          series={[
            { label: t.value.sold, color: '--chart-1' },
            { label: t.value.cancelled, color: '--chart-2' },
          ]}
        />
        <Chart
          {...common}
          {...revenue}
          title={t.value.revenue}
          kind="bars"
          format={won}
          axisFormat={shortWon}
          series={[{ label: t.value.revenue, color: '--chart-1' }]}
        />
        <Chart
          {...common}
          {...line}
          title={t.value.line}
          note={t.value.since}
          kind="line"
          format={count}
          series={[
            { label: t.value.waiting, color: '--chart-2' },
            { label: t.value.inside, color: '--chart-1' },
          ]}
        />
        <Chart
          {...common}
          {...holds}
          title={t.value.holds}
          note={t.value.service}
          kind="line"
          format={msText}
          series={[
            { label: 'p50', color: '--chart-1' },
            { label: 'p99', color: '--chart-2' },
          ]}
        />
      </div>
    </section>
  );
}
