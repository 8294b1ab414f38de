import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';

const t = texts({ ko: { title: '좌석 배치도' }, en: { title: 'Halls' } });

export function HallsPage() {
  useTitle(t.value.title);
  return <h1>{t.value.title}</h1>;
}
