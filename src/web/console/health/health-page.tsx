import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { Freshness } from '../live/freshness.tsx';
import { useLive } from '../live/live.ts';
import { Degraded } from './degraded.tsx';
import { InstanceTable } from './instance-table.tsx';
import { Readiness } from './readiness.tsx';
import { conditionOf, serviceStatus } from './service-status.ts';
import { TotalFigures } from './total-figures.tsx';

const t = texts({
  ko: {
    title: '상태',
    good: '서비스가 정상이에요. 모든 인스턴스가 PostgreSQL과 Redis에 연결되어 있어요.',
    degraded: '판매는 계속되고 있지만, 일부 기능이 빠져 있어요.',
    bad: 'PostgreSQL에 연결하지 못하는 인스턴스가 있어요. 그 인스턴스는 판매하지 못하고, 요청한 사람에게 잠시 후 다시 시도하라고 안내해요.',
    partial:
      'Redis가 응답하지 않아서 인스턴스들이 서로를 알 수 없어요. 아래에는 지금 응답한 인스턴스 하나만 보이고, 다른 인스턴스는 정상일 수 있어요.',
    versions: (versions: string) =>
      `서로 다른 버전이 실행 중이에요: ${versions}. 배포 중이 아니라면 확인해 주세요.`,
  },
  en: {
    title: 'Health',
    good: 'The service is well. Every instance reaches PostgreSQL and Redis.',
    degraded: 'Sales go on, but some parts are missing.',
    bad: 'At least one instance does not reach PostgreSQL. It sells nothing, and asks people to try again in a moment.',
    partial:
      'Redis does not answer, so the instances cannot tell each other how they are. Below is the one that answered now. The others may be well.',
    versions: (versions) =>
      `Different versions are running: ${versions}. Look into it unless you are deploying.`,
  },
});

const TONES = { good: 'good', degraded: 'warn', bad: 'bad' } as const;

export function HealthPage() {
  useTitle(t.value.title);
  const source = serviceStatus();
  const live = useLive(source);
  const status = live.value;
  if (!status) {
    return (
      <div class="stack">
        <h1>{t.value.title}</h1>
        {live.error === undefined ? (
          <Loading />
        ) : (
          <Failure error={live.error} retry={() => source.refresh()} />
        )}
      </div>
    );
  }
  const condition = conditionOf(status);
  const versions = [...new Set(status.instances.map(({ version }) => version))];
  return (
    <div class="stack board">
      <div class="row heading">
        <h1>{t.value.title}</h1>
        <Freshness live={live} />
      </div>
      <Notice tone={TONES[condition]}>
        <p>{t.value[condition]}</p>
      </Notice>
      {!status.complete && <Notice tone="warn">{t.value.partial}</Notice>}
      {versions.length > 1 && <Notice tone="warn">{t.value.versions(versions.join(', '))}</Notice>}
      <Degraded instances={status.instances} />
      <TotalFigures status={status} trend={live.trend} />
      <InstanceTable instances={status.instances} />
      <Readiness />
    </div>
  );
}
