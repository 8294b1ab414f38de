import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { Check } from '../forms/check.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { useAction } from '../forms/use-action.ts';
import { type HappenedType, happenedTexts } from './webhook-texts.ts';

const t = texts({
  ko: {
    title: '웹훅 만들기',
    url: '받는 주소',
    hint: '비워 두면 주소 없이 피드로 읽는 구독이 됩니다.',
    event: '이벤트 ID',
    eventHint: '비워 두면 내 모든 이벤트를 알려요.',
    types: '알릴 일',
  },
  en: {
    title: 'Create the webhook',
    url: 'Address',
    hint: 'Left empty, it is a subscription that is read as a feed.',
    event: 'Event id',
    eventHint: 'Left empty, it is about all of your events.',
    types: 'What to tell',
  },
});

interface NewWebhookProps {
  /** @param secret null for a subscription of the feed */
  onCreated(secret: string | null): void;
  onClose(): void;
}

export function NewWebhook({ onCreated, onClose }: NewWebhookProps) {
  const [url, setUrl] = useState('');
  const [event, setEvent] = useState('');
  const [types, setTypes] = useState<readonly HappenedType[]>([
    'reservation.confirmed',
    'reservation.cancelled',
  ]);
  const { busy, wrong, run } = useAction();
  const create = () => {
    const body = {
      types: [...types],
      ...(url.trim() && { url: url.trim() }),
      ...(event.trim() && { event_id: event.trim() }),
    };
    return run(body, async (once) => onCreated((await tiketi().createWebhook(body, once)).secret));
  };
  return (
    <Confirm title={t.value.title} busy={busy} ready={types.length > 0} onConfirm={create} onClose={onClose}>
      <Field label={t.value.url} hint={t.value.hint} problem={wrong.url}>
        <input
          type="url"
          placeholder="https://"
          value={url}
          onInput={({ currentTarget }) => setUrl(currentTarget.value)}
        />
      </Field>
      <Field label={t.value.event} hint={t.value.eventHint} problem={wrong.event_id}>
        <input value={event} onInput={({ currentTarget }) => setEvent(currentTarget.value)} />
      </Field>
      <fieldset class="happened">
        <legend>{t.value.types}</legend>
        {(Object.keys(happenedTexts.value) as HappenedType[]).map((type) => (
          <Check
            key={type}
            label={happenedTexts.value[type]}
            checked={types.includes(type)}
            onChange={(checked) =>
              setTypes(checked ? [...types, type] : types.filter((each) => each !== type))
            }
          />
        ))}
      </fieldset>
    </Confirm>
  );
}
