import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';

const t = texts({ ko: { title: '상태' }, en: { title: 'Health' } });

export function HealthPage() {
  useTitle(t.value.title);
  return <h1>{t.value.title}</h1>;
}
