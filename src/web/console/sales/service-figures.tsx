import type { ServiceStatus } from '../../../client/index.ts';
import { texts } from '../../shared/language.ts';
import { problemText } from '../../shared/problem-texts.ts';
import { errorShare, type ServiceFigures as Figures } from '../health/service-status.ts';
import { Figure } from '../live/figure.tsx';
import type { Live } from '../live/live.ts';
import { msText, rateText } from '../live/rate-text.ts';

const t = texts({
  ko: {
    title: '서비스 전체',
    p50: '선점 p50',
    p99: '선점 p99',
    errors: '오류율',
    holds: (n: string) => `초당 선점 ${n}건`,
    minute: '최근 1분',
    errorNote: (n: string) => `초당 ${n}건`,
    partial: '응답한 인스턴스 하나의 수치예요',
  },
  en: {
    title: 'The whole service',
    p50: 'Holds p50',
    p99: 'Holds p99',
    errors: 'Error rate',
    holds: (n) => `${n} holds a second`,
    minute: 'last minute',
    errorNote: (n) => `${n} a second`,
    partial: 'of the one instance that answered',
  },
});

/** Latencies and errors are measured for the service, over all events. */
export function ServiceFigures({ service }: { service: Live<ServiceStatus, Figures> }) {
  const { value, error, trend } = service;
  const holds = value?.total.holds;
  const share = value ? errorShare(value) : null;
  return (
    <section class="card">
      <h3>
        {t.value.title}
        {value && !value.complete && <span class="soft"> · {t.value.partial}</span>}
      </h3>
      {!value && error !== undefined ? (
        <p class="soft">{problemText(error)}</p>
      ) : (
        <dl class="figures" data-kind="group">
          <Figure
            label={t.value.errors}
            value={share === null ? '–' : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 2 : 0)}%`}
            note={value && t.value.errorNote(rateText(value.total.errors_per_second))}
            tone={share !== null && share > 0 ? 'bad' : undefined}
            trend={trend}
            pick={(each) => each.errors}
          />
          <Figure
            label={t.value.p50}
            value={msText(holds?.p50_ms ?? null)}
            note={t.value.minute}
            trend={trend}
            pick={(each) => each.p50}
          />
          <Figure
            label={t.value.p99}
            value={msText(holds?.p99_ms ?? null)}
            note={holds && t.value.holds(rateText(holds.per_second))}
            trend={trend}
            pick={(each) => each.p99}
          />
        </dl>
      )}
    </section>
  );
}
