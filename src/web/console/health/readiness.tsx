import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { problemText } from '../../shared/problem-texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { liveSource, useLive } from '../live/live.ts';
import { Dependency } from './dependency.tsx';

const t = texts({
  ko: {
    title: '지금 이 요청에 답한 인스턴스',
    hint: '로드 밸런서가 보는 /health/ready의 응답이에요.',
    ready: '요청을 받을 수 있어요',
    unavailable: '요청을 받을 수 없어요',
    stopping: '종료하는 중이에요',
  },
  en: {
    title: 'The instance that answered just now',
    hint: 'What a load balancer sees at /health/ready.',
    ready: 'ready',
    unavailable: 'unavailable',
    stopping: 'stopping',
  },
});

const readiness = () =>
  liveSource('readiness', () => ({
    everyMs: 5_000,
    read: (signal) => tiketi().getReadiness({ signal }),
    figures: () => ({}),
  }));

export function Readiness() {
  const { value, error } = useLive(readiness());
  return (
    <section class="card stack">
      <h2>{t.value.title}</h2>
      {!value && error !== undefined && <p class="soft">{problemText(error)}</p>}
      {value && (
        <p class="row">
          <Badge tone={value.status === 'ready' ? 'good' : 'bad'}>{t.value[value.status]}</Badge>
          <span class="row">
            PostgreSQL <Dependency status={value.postgres.status} ms={value.postgres.latencyMs} />
          </span>
          <span class="row">
            Redis <Dependency status={value.redis.status} ms={value.redis.latencyMs} />
          </span>
        </p>
      )}
      <p class="soft">{t.value.hint}</p>
    </section>
  );
}
