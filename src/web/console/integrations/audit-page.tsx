import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';

const t = texts({ ko: { title: '감사 기록' }, en: { title: 'Audit log' } });

export function AuditPage() {
  useTitle(t.value.title);
  return <h1>{t.value.title}</h1>;
}
