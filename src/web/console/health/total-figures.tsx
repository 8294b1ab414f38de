import type { ServiceStatus } from '../../../client/index.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Figure } from '../live/figure.tsx';
import { msText, rateText } from '../live/rate-text.ts';
import type { Sample } from '../live/trend.ts';
import type { ServiceFigures } from './service-status.ts';

const t = texts({
  ko: {
    title: '최근 1분, 모든 인스턴스',
    partial: '최근 1분, 응답한 인스턴스 하나',
    requests: '초당 요청',
    errors: '초당 오류',
    errorsNote: '서비스가 답하지 못한 요청',
    holds: '초당 선점',
    refusals: '초당 거절',
    refusalsNote: '매진, 이미 선택된 좌석 등',
    p50: '선점 p50',
    p99: '선점 p99',
    connections: '열린 연결',
    kinds: (sockets: string, streams: string) => `소켓 ${sockets} · 스트림 ${streams}`,
  },
  en: {
    title: 'The last minute, all instances',
    partial: 'The last minute, the one instance that answered',
    requests: 'Requests a second',
    errors: 'Errors a second',
    errorsNote: 'requests that the service failed',
    holds: 'Holds a second',
    refusals: 'Refusals a second',
    refusalsNote: 'sold out, seats just taken, and the like',
    p50: 'Holds p50',
    p99: 'Holds p99',
    connections: 'Open connections',
    kinds: (sockets, streams) => `${sockets} sockets · ${streams} streams`,
  },
});

interface TotalFiguresProps {
  status: ServiceStatus;
  trend: readonly Sample<ServiceFigures>[];
}

export function TotalFigures({ status: { complete, total }, trend }: TotalFiguresProps) {
  const figure = (name: keyof ServiceFigures) => ({
    label: t.value[name],
    trend,
    pick: (each: Sample<ServiceFigures>) => each[name],
  });
  return (
    <section class="card">
      <h2>{complete ? t.value.title : t.value.partial}</h2>
      <dl class="figures">
        <Figure {...figure('requests')} value={rateText(total.requests_per_second)} />
        <Figure
          {...figure('errors')}
          value={rateText(total.errors_per_second)}
          note={t.value.errorsNote}
          tone={total.errors_per_second > 0 ? 'bad' : undefined}
        />
        <Figure {...figure('holds')} value={rateText(total.holds.per_second)} />
        <Figure
          {...figure('refusals')}
          value={rateText(total.refusals_per_second)}
          note={t.value.refusalsNote}
        />
        <Figure {...figure('p50')} value={msText(total.holds.p50_ms)} />
        <Figure {...figure('p99')} value={msText(total.holds.p99_ms)} />
        <Figure
          {...figure('connections')}
          value={count(total.sockets + total.streams)}
          note={t.value.kinds(count(total.sockets), count(total.streams))}
        />
      </dl>
    </section>
  );
}
