import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { TimeField } from '../forms/time-field.tsx';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import { fromLocalTime } from '../forms/zoned-time.ts';
import type { PartProps } from '../part-props.ts';
import type { NamedSeats } from './selection.ts';

const t = texts({
  ko: {
    title: '좌석 판매 보류',
    how: (free: string) => `${free}석을 팔지 않아요. 구매자에게는 판매된 좌석으로 보여요.`,
    reason: '보류 사유',
    example: '예: 초대석',
    release: '자동 해제 시각',
    releaseHint: '비워 두면 직접 해제할 때까지 팔지 않아요.',
    past: '지금 이후의 일시를 골라 주세요.',
    needed: '꼭 필요한 값이에요.',
    done: (blocked: string) => `${blocked}석의 판매를 보류했어요.`,
    rest: (blocked: string, rest: string) =>
      `${blocked}석의 판매를 보류했어요. 팔렸거나 결제 중이거나 이미 보류한 ${rest}석은 그대로예요.`,
  },
  en: {
    title: 'Block seats',
    how: (free) => `Keeps ${free} seats from being sold. Buyers see them as sold.`,
    reason: 'Reason',
    example: 'Such as: guests',
    release: 'On sale again at',
    releaseHint: 'If empty, until you unblock them.',
    past: 'Choose a time in the future.',
    needed: 'This is needed.',
    done: (blocked) => `${blocked} seats are blocked.`,
    rest: (blocked, rest) =>
      `${blocked} seats are blocked. ${rest} stay as they are: sold, held or blocked already.`,
  },
});

interface BlockDialogProps {
  event: PartProps['event'];
  requests: readonly NamedSeats[];
  free: number;
  onDone(): void;
  onClose(): void;
}

export function BlockDialog({ event: { id, timezone }, requests, free, onDone, onClose }: BlockDialogProps) {
  const [reason, setReason] = useState('');
  const [release, setRelease] = useState('');
  const [tried, setTried] = useState(false);
  const { busy, run } = useAction();
  const releaseAt = release === '' ? null : fromLocalTime(release, timezone);
  const isPast = release !== '' && !(releaseAt && Date.parse(releaseAt) > Date.now());

  const block = async () => {
    setTried(true);
    if (reason.trim() === '' || isPast) return focusFirstWrong();
    let [blocked, rest] = [0, 0];
    let isDone = false;
    for (const named of requests) {
      const body = { id, reason: reason.trim(), ...(releaseAt && { release_at: releaseAt }), ...named };
      isDone = false;
      await run(body, async (once) => {
        const answer = await tiketi().blockSeats(body, once);
        blocked += answer.blocked;
        rest += Object.values(answer.not_blocked).reduce((sum, ids) => sum + ids.length, 0);
        isDone = true;
      });
      if (!isDone) break;
    }
    if (blocked > 0 || rest > 0)
      say(rest > 0 ? t.value.rest(count(blocked), count(rest)) : t.value.done(count(blocked)));
    if (isDone) onDone();
  };
  return (
    <Confirm title={t.value.title} busy={busy} onConfirm={block} onClose={onClose}>
      <p class="soft">{t.value.how(count(free))}</p>
      <Field label={t.value.reason} problem={tried && reason.trim() === '' ? t.value.needed : undefined}>
        <input
          maxLength={500}
          required
          placeholder={t.value.example}
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </Field>
      <TimeField
        label={t.value.release}
        hint={t.value.releaseHint}
        value={release}
        timezone={timezone}
        problem={tried && isPast ? t.value.past : undefined}
        onInput={setRelease}
      />
    </Confirm>
  );
}
