import { useEffect, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { serviceTime } from '../../shared/clock.ts';
import { dateText, ownTimezone } from '../../shared/format.ts';
import { language, texts } from '../../shared/language.ts';
import type { Answer } from '../../shared/types.ts';
import { usePages } from '../../shared/use-pages.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { PageEnd } from '../../ui/page-end.tsx';
import { useAction } from '../forms/use-action.ts';
import { happenedTexts } from './webhook-texts.ts';

type Delivery = Answer<'listWebhookDeliveries'>['deliveries'][number];

const TONES: Record<Delivery['status'], Tone> = { delivered: 'good', pending: 'warn', parked: 'bad' };

const t = texts({
  ko: {
    delivered: '전송됨',
    pending: '대기 중',
    parked: '보류',
    attempts: (attempts: number) => `${attempts}번 시도`,
    soon: '곧 보내요',
    next: (time: string) => `${time}에 다시 시도`,
    took: (ms: number) => `${ms} ms`,
    again: '다시 보내기',
    sent: '다시 보낼 차례예요.',
    reload: '새로고침',
    empty: '아직 전송한 알림이 없어요.',
  },
  en: {
    delivered: 'Delivered',
    pending: 'Waiting',
    parked: 'Parked',
    attempts: (attempts) => `${attempts} attempts`,
    soon: 'goes out soon',
    next: (time) => `again at ${time}`,
    took: (ms) => `${ms} ms`,
    again: 'Send again',
    sent: 'It is sent again soon.',
    reload: 'Reload',
    empty: 'No message was sent yet.',
  },
});

const RELOAD_MS = 1_000;

/** The messages of a webhook, each with its last attempt. A message that is sent again is followed to its answer. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const { busy, run } = useAction();
  const pages = usePages(
    async (cursor, signal) => {
      const page = await tiketi().listWebhookDeliveries(
        { id: webhookId, ...(cursor && { cursor }) },
        { signal },
      );
      return { items: page.deliveries, nextCursor: page.nextCursor };
    },
    [webhookId, language.value],
  );
  const [followed, setFollowed] = useState<string>();
  useEffect(() => {
    const message = pages.items?.find(({ id }) => id === followed);
    if (message?.status !== 'pending') return;
    // An attempt that failed names the time of the next one. Before that, it is on its way.
    if (message.attempts > 0 && Date.parse(message.next_attempt_at ?? '') > serviceTime()) return;
    const timer = setTimeout(pages.reload, RELOAD_MS);
    return () => clearTimeout(timer);
  }, [pages.items, followed]);
  const again = (deliveryId: string) =>
    run({ deliveryId }, async (once) => {
      await tiketi().redeliverWebhook({ id: webhookId, deliveryId }, once);
      say(t.value.sent);
      setFollowed(deliveryId);
      pages.reload();
    });
  return (
    <div class="stack">
      {pages.items && pages.items.length > 0 && (
        <ul class="log">
          {pages.items.map((delivery) => (
            <li key={delivery.id} class="row">
              <time class="number soft" dateTime={delivery.created_at}>
                {dateText(delivery.created_at, ownTimezone)}
              </time>
              <strong>{happenedTexts.value[delivery.type]}</strong>
              <Badge tone={TONES[delivery.status]}>{t.value[delivery.status]}</Badge>
              <span class="soft">{factsOf(delivery)}</span>
              <span class="push-end">
                <Button size="small" busy={busy} onClick={() => again(delivery.id)}>
                  {t.value.again}
                </Button>
              </span>
            </li>
          ))}
        </ul>
      )}
      <PageEnd pages={pages} empty={t.value.empty} />
      <div>
        <Button look="plain" size="small" onClick={pages.reload}>
          {t.value.reload}
        </Button>
      </div>
    </div>
  );
}

function factsOf({
  status,
  attempts,
  response_status,
  error,
  duration_ms,
  next_attempt_at,
}: Delivery): string {
  // The answer is that of the attempts before it was sent again.
  if (status === 'pending' && attempts === 0) return t.value.soon;
  const facts = [
    t.value.attempts(attempts),
    error ?? response_status,
    duration_ms !== null && t.value.took(duration_ms),
    next_attempt_at && t.value.next(dateText(next_attempt_at, ownTimezone, 'second')),
  ];
  return facts.filter((each) => each !== null && each !== false && each !== '').join(' · ');
}
