import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { language, texts } from '../../shared/language.ts';
import { usePages } from '../../shared/use-pages.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button } from '../../ui/button.tsx';
import { PageEnd } from '../../ui/page-end.tsx';
import { NewWebhook } from './new-webhook.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { WebhookCard } from './webhook-card.tsx';

const t = texts({
  ko: {
    title: '웹훅',
    about: '예매와 이벤트에 일어난 일을 다른 시스템에 알려요.',
    create: '새 웹훅',
    empty: '아직 웹훅이 없어요.',
  },
  en: {
    title: 'Webhooks',
    about: 'They tell other systems what happens to reservations and events.',
    create: 'New webhook',
    empty: 'There are no webhooks yet.',
  },
});

export function WebhooksPage() {
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  useTitle(t.value.title);
  const pages = usePages(
    async (cursor, signal) => {
      const page = await tiketi().listWebhooks({ ...(cursor && { cursor }) }, { signal });
      return { items: page.webhooks, nextCursor: page.nextCursor };
    },
    [language.value],
  );
  return (
    <div class="stack">
      <div class="row">
        <h1>{t.value.title}</h1>
        <span class="push-end">
          <Button look="primary" onClick={() => setCreating(true)}>
            {t.value.create}
          </Button>
        </span>
      </div>
      <p class="soft">{t.value.about}</p>
      {pages.items?.map((webhook) => (
        <WebhookCard key={webhook.id} webhook={webhook} onSecret={setSecret} onChange={pages.reload} />
      ))}
      <PageEnd pages={pages} empty={t.value.empty} />
      {creating && (
        <NewWebhook
          onClose={() => setCreating(false)}
          onCreated={(created) => {
            setCreating(false);
            setSecret(created);
            pages.reload();
          }}
        />
      )}
      {secret !== null && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
    </div>
  );
}
