import type { InstanceStatus } from '../../../client/index.ts';
import { now } from '../../shared/clock.ts';
import { count, durationText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { TableCard } from '../../ui/table-card.tsx';
import { msText, rateText } from '../live/rate-text.ts';
import { Dependency } from './dependency.tsx';

const t = texts({
  ko: {
    title: (n: string) => `인스턴스 ${n}개`,
    id: '인스턴스',
    version: '버전',
    uptime: '가동 시간',
    seen: '마지막 보고',
    ago: (seconds: string) => `${seconds}초 전`,
    lag: '이벤트 루프 지연',
    requests: '초당 요청',
    errors: '초당 오류',
    holds: '초당 선점',
    p99: '선점 p99',
    connections: '연결',
  },
  en: {
    title: (n) => (n === '1' ? '1 instance' : `${n} instances`),
    id: 'Instance',
    version: 'Version',
    uptime: 'Uptime',
    seen: 'Last report',
    ago: (seconds) => `${seconds} s ago`,
    lag: 'Event loop lag',
    requests: 'Requests/s',
    errors: 'Errors/s',
    holds: 'Holds/s',
    p99: 'Holds p99',
    connections: 'Connections',
  },
});

export function InstanceTable({ instances }: { instances: InstanceStatus[] }) {
  const title = t.value.title(count(instances.length));
  const since = (time: string) => Math.max(0, now.value - Date.parse(time));
  return (
    <TableCard title={title}>
      <thead>
        <tr>
          <th scope="col">{t.value.id}</th>
          <th scope="col">PostgreSQL</th>
          <th scope="col">Redis</th>
          <th scope="col">{t.value.requests}</th>
          <th scope="col">{t.value.errors}</th>
          <th scope="col">{t.value.holds}</th>
          <th scope="col">{t.value.p99}</th>
          <th scope="col">{t.value.lag}</th>
          <th scope="col">{t.value.connections}</th>
          <th scope="col">{t.value.uptime}</th>
          <th scope="col">{t.value.seen}</th>
          <th scope="col">{t.value.version}</th>
        </tr>
      </thead>
      <tbody>
        {instances.map((each) => (
          <tr key={each.id}>
            <th scope="row">
              <code>{each.id}</code>
            </th>
            <td>
              <Dependency status={each.postgres.status} ms={each.postgres.latency_ms} />
            </td>
            <td>
              <Dependency status={each.redis.status} ms={each.redis.latency_ms} />
            </td>
            <td>{rateText(each.requests_per_second)}</td>
            <td>{rateText(each.errors_per_second)}</td>
            <td>{rateText(each.holds.per_second)}</td>
            <td>{msText(each.holds.p99_ms)}</td>
            <td>{msText(each.event_loop_lag_ms)}</td>
            <td>{count(each.sockets + each.streams)}</td>
            <td>{durationText(since(each.started_at))}</td>
            <td>{t.value.ago(count(Math.floor(since(each.seen_at) / 1_000)))}</td>
            <td>{each.version}</td>
          </tr>
        ))}
      </tbody>
    </TableCard>
  );
}
