import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';

const t = texts({ ko: { title: '예매 찾기' }, en: { title: 'Find a reservation' } });

export function FindReservationPage() {
  useTitle(t.value.title);
  return <h1>{t.value.title}</h1>;
}
