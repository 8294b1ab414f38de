import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';

const t = texts({ ko: { title: '웹훅' }, en: { title: 'Webhooks' } });

export function WebhooksPage() {
  useTitle(t.value.title);
  return <h1>{t.value.title}</h1>;
}
