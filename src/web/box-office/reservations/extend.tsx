import { useMemo, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { durationText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { randomId } from '../../shared/random-id.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { Failure } from '../../ui/notice.tsx';
import type { StateProps } from './state.ts';

const t = texts({
  ko: {
    extend: (time: string) => `결제 시간 ${time} 연장`,
    minutes: (minutes: number) => `${minutes}분`,
    once: '연장은 한 번만 할 수 있어요.',
    never: '결제 시간은 더 연장할 수 없어요.',
    extended: '결제 시간을 연장했어요.',
  },
  en: {
    extend: (time) => `Add ${time} to pay`,
    minutes: (minutes) => (minutes === 1 ? '1 minute' : `${minutes} minutes`),
    once: 'You can do this once.',
    never: 'No more time can be added.',
    extended: 'You have more time to pay now.',
  },
});

/** More time to pay, once. */
export function Extend({ reservation: { id, event_id, extend_seconds }, onChange }: StateProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  // One for all attempts: an answer that was lost must not count as a second extension.
  const key = useMemo(randomId, []);
  if (extend_seconds === 0) return <p class="soft">{t.value.never}</p>;
  const extend = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await tiketi().extendReservation({ id }, { headers: { 'idempotency-key': key } });
      say(t.value.extended);
    } catch (problem) {
      setError(problem);
    }
    onChange();
    setBusy(false);
  };
  return (
    <div class="stack">
      <Button busy={busy} aria-describedby="extend-once" onClick={extend}>
        {t.value.extend(extensionText(extend_seconds))}
      </Button>
      <p class="soft" id="extend-once">
        {t.value.once}
      </p>
      {error !== undefined && <Failure error={error} retry={extend} event={event_id} />}
    </div>
  );
}

function extensionText(seconds: number): string {
  return seconds % 60 === 0 ? t.value.minutes(seconds / 60) : durationText(seconds * 1_000);
}
