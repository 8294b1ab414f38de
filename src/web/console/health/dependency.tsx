import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { msText } from '../live/rate-text.ts';

const t = texts({ ko: { up: '정상', down: '응답 없음' }, en: { up: 'up', down: 'down' } });

/** PostgreSQL or Redis, as an instance found it in its last check. */
export function Dependency({ status, ms }: { status: 'up' | 'down'; ms: number | null }) {
  return (
    <Badge tone={status === 'up' ? 'good' : 'bad'}>
      {t.value[status]}
      {ms !== null && ` · ${msText(ms)}`}
    </Badge>
  );
}
