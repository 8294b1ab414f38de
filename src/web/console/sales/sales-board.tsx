import { texts } from '../../shared/language.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { serviceStatus } from '../health/service-status.ts';
import { Freshness } from '../live/freshness.tsx';
import { useLive } from '../live/live.ts';
import type { PartProps } from '../part-props.ts';
import { queueLive } from '../queue/queue-live.ts';
import { HourCharts } from './charts/hour-charts.tsx';
import { LineFigures } from './line-figures.tsx';
import { MoneyFigures } from './money-figures.tsx';
import { salesLive, seriesLive } from './sales-live.ts';
import { SalesTables } from './sales-tables.tsx';
import { ServiceFigures } from './service-figures.tsx';
import { StockFigures } from './stock-figures.tsx';

const t = texts({
  ko: {
    title: '판매 현황',
    draft: '아직 초안이에요. 공개하고 판매를 시작하면 여기에 판매 현황이 나타나요.',
    nothing: '아직 판매할 좌석도 티켓도 없어요.',
  },
  en: {
    title: 'Sales',
    draft: 'This event is still a draft. Its sales appear here once it is published.',
    nothing: 'This event has neither seats nor tickets to sell yet.',
  },
});

/** How an event sells now. All of it is read again every two seconds while the page is seen. */
export function SalesBoard({ event }: PartProps) {
  const source = salesLive(event.id);
  const sales = useLive(source);
  const series = useLive(seriesLive(event.id));
  const queue = useLive(queueLive(event.id));
  const service = useLive(serviceStatus());
  if (!sales.value) {
    if (sales.error !== undefined) return <Failure error={sales.error} retry={() => source.refresh()} />;
    return <Loading />;
  }
  const isEmpty = sales.value.seats.total + sales.value.tickets.total === 0;
  return (
    <div class="stack board">
      <h2 class="visually-hidden">{t.value.title}</h2>
      {event.status === 'draft' ? (
        <Notice>{t.value.draft}</Notice>
      ) : (
        isEmpty && <Notice tone="warn">{t.value.nothing}</Notice>
      )}
      <StockFigures sales={sales.value} trend={sales.trend}>
        <Freshness live={sales} />
      </StockFigures>
      <div class="groups">
        <MoneyFigures sales={sales.value} trend={sales.trend} />
        <LineFigures queue={queue} />
        <ServiceFigures service={service} />
      </div>
      <HourCharts
        timezone={event.timezone}
        series={series.value}
        queue={queue.trend}
        service={service.trend}
        readAt={sales.readAt ?? 0}
      />
      <SalesTables sales={sales.value} />
    </div>
  );
}
