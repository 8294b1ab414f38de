import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';

const t = texts({ ko: { title: '이벤트' }, en: { title: 'Events' } });

export function EventsPage() {
  useTitle(t.value.title);
  return <h1>{t.value.title}</h1>;
}
