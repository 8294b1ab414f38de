import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { dateText, ownTimezone } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { useAction } from '../forms/use-action.ts';
import { Deliveries } from './deliveries.tsx';
import { happenedTexts, type Webhook } from './webhook-texts.ts';

const t = texts({
  ko: {
    feed: '피드 구독',
    on: '켜짐',
    off: '꺼짐',
    gone: '받는 쪽이 410으로 거절해 꺼졌어요.',
    failing: '하루 동안 전송에 실패해 꺼졌어요.',
    failingSince: (time: string) => `${time}부터 전송에 실패하고 있어요.`,
    oneEvent: '한 이벤트',
    test: '시험 전송',
    delivered: (ms: number) => `전송했어요. ${ms} ms 걸렸어요.`,
    refused: (status: number | null, error: string | null) => `전송하지 못했어요: ${error ?? status ?? ''}`,
    rotate: '새 비밀 키 발급',
    rotateAbout: '이전 키로도 24시간 동안 함께 서명합니다. 그 안에 받는 쪽을 바꿔 주세요.',
    enable: '켜기',
    disable: '끄기',
    remove: '삭제',
    removeAbout: '전송 기록도 함께 지워집니다.',
    removed: '웹훅을 삭제했어요.',
    log: '전송 기록',
  },
  en: {
    feed: 'Subscription of the feed',
    on: 'On',
    off: 'Off',
    gone: 'It is off because the receiver answered 410.',
    failing: 'It is off because every message failed for a day.',
    failingSince: (time) => `Messages have failed since ${time}.`,
    oneEvent: 'One event',
    test: 'Send a test',
    delivered: (ms) => `Delivered in ${ms} ms.`,
    refused: (status, error) => `Not delivered: ${error ?? status ?? ''}`,
    rotate: 'New secret',
    rotateAbout: 'The former secret signs as well for 24 hours. Change the receiver within that time.',
    enable: 'Switch on',
    disable: 'Switch off',
    remove: 'Delete',
    removeAbout: 'Its deliveries are deleted as well.',
    removed: 'The webhook is deleted.',
    log: 'Deliveries',
  },
});

interface WebhookCardProps {
  webhook: Webhook;
  onSecret(secret: string | null): void;
  onChange(): void;
}

export function WebhookCard({ webhook, onSecret, onChange }: WebhookCardProps) {
  const { id, url, types, enabled, disabled_because, failing_since, event_id } = webhook;
  const [asked, setAsked] = useState<'rotate' | 'remove'>();
  const [open, setOpen] = useState(false);
  const { busy, run } = useAction();

  const test = () =>
    run('test', async (once) => {
      const { delivered, duration_ms, response_status, error } = await tiketi().testWebhook({ id }, once);
      say(delivered ? t.value.delivered(duration_ms) : t.value.refused(response_status, error));
    });
  const rotate = () =>
    run('rotate', async (once) => {
      const { secret } = await tiketi().rotateWebhookSecret({ id }, once);
      setAsked(undefined);
      onSecret(secret);
    });
  const remove = () =>
    run('remove', async () => {
      await tiketi().deleteWebhook({ id });
      say(t.value.removed);
      onChange();
    });
  const enable = (to: boolean) =>
    run({ to }, async () => {
      await tiketi().updateWebhook({ id, enabled: to }, { headers: { 'if-match': '*' } });
      onChange();
    });
  return (
    <section class="card stack">
      <div class="row">
        <h2 class="address">{url ?? t.value.feed}</h2>
        <Badge tone={enabled ? (failing_since ? 'warn' : 'good') : 'bad'}>
          {enabled ? t.value.on : t.value.off}
        </Badge>
        {event_id && (
          <Badge>
            <a href={`/console/events/${event_id}`}>{t.value.oneEvent}</a>
          </Badge>
        )}
      </div>
      {disabled_because && <p>{t.value[disabled_because]}</p>}
      {enabled && failing_since && <p>{t.value.failingSince(dateText(failing_since, ownTimezone))}</p>}
      <ul class="row">
        {types.map((type) => (
          <li key={type}>
            <Badge>{happenedTexts.value[type]}</Badge>
          </li>
        ))}
      </ul>
      <div class="row">
        {url !== null && (
          <>
            <Button size="small" busy={busy} onClick={test}>
              {t.value.test}
            </Button>
            <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
              {t.value.log}
            </Button>
            <Button size="small" onClick={() => setAsked('rotate')}>
              {t.value.rotate}
            </Button>
          </>
        )}
        <Button size="small" busy={busy} onClick={() => enable(!enabled)}>
          {enabled ? t.value.disable : t.value.enable}
        </Button>
        <Button size="small" look="danger" onClick={() => setAsked('remove')}>
          {t.value.remove}
        </Button>
      </div>
      {open && <Deliveries webhookId={id} />}
      {asked === 'rotate' && (
        <Confirm title={t.value.rotate} busy={busy} onConfirm={rotate} onClose={() => setAsked(undefined)}>
          <p>{t.value.rotateAbout}</p>
        </Confirm>
      )}
      {asked === 'remove' && (
        <Confirm
          title={t.value.remove}
          danger
          busy={busy}
          onConfirm={remove}
          onClose={() => setAsked(undefined)}
        >
          <p>{t.value.removeAbout}</p>
        </Confirm>
      )}
    </section>
  );
}
