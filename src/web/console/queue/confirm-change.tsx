import { tiketi } from '../../shared/api.ts';
import { count, durationText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { useAction } from '../forms/use-action.ts';
import type { LiveSource } from '../live/live.ts';
import type { Change } from './consequences.ts';
import { type QueueFigures, type Room, roomOf } from './queue-live.ts';
import { Consequences } from './setting-form.tsx';

const t = texts({
  ko: {
    threshold: (n: string | null) => (n === null ? '정원을 기본값으로 변경' : `정원을 ${n}명으로 변경`),
    drainPerSecond: (n: string | null) => (n === null ? '초당 입장 상한 없애기' : `초당 ${n}명까지 입장`),
    pause: '입장 일시정지',
    resume: '입장 재개',
    lobbyMinutes: (n: string | null) => (n === null ? '추첨 대기실 없애기' : `${n}분 전에 추첨 대기실 열기`),
    waitingTtlSeconds: (n: string | null) =>
      n === null ? '유지 시간을 기본값으로 변경' : `순번을 ${n} 동안 유지`,
    clear: '대기열 비우기',
    audit: '누가 언제 바꿨는지 감사 기록에 남아요.',
    done: '변경했어요. 1초 안에 모든 인스턴스에 적용돼요.',
    cleared: '대기열을 비웠어요.',
  },
  en: {
    threshold: (n) => (n === null ? 'Use the default threshold' : `Set the threshold to ${n}`),
    drainPerSecond: (n) => (n === null ? 'Remove the limit a second' : `Admit at most ${n} a second`),
    pause: 'Pause admission',
    resume: 'Resume admission',
    lobbyMinutes: (n) => (n === null ? 'Remove the lobby' : `Open a lobby ${n} min before the sale`),
    waitingTtlSeconds: (n) => (n === null ? 'Use the default time' : `Keep places for ${n} of silence`),
    clear: 'Clear the waiting room',
    audit: 'The audit log keeps who changed this, and when.',
    done: 'Changed. Every instance follows within a second.',
    cleared: 'The waiting room is empty.',
  },
});

interface ConfirmChangeProps {
  eventId: string;
  change: Change;
  source: LiveSource<Room, QueueFigures>;
  /** What the change does, by the figures of this moment. */
  sentences: string[];
  onClose(): void;
}

export function ConfirmChange({ eventId, change, source, sentences, onClose }: ConfirmChangeProps) {
  const { busy, run } = useAction();
  const act = async () => {
    if (change.setting === 'clear') {
      await tiketi().clearQueue({ eventId });
      source.refresh();
      say(t.value.cleared);
    } else {
      const settings = { [change.setting]: change.value };
      source.take(roomOf(await tiketi().updateQueueSettings({ eventId, ...settings })));
      say(t.value.done);
    }
    onClose();
  };
  return (
    <Confirm
      title={titleOf(change)}
      danger={change.setting === 'clear'}
      busy={busy}
      onConfirm={() => run(change, act)}
      onClose={onClose}
    >
      <Consequences sentences={sentences} />
      <p class="soft">{t.value.audit}</p>
    </Confirm>
  );
}

function titleOf(change: Change): string {
  switch (change.setting) {
    case 'clear':
      return t.value.clear;
    case 'paused':
      return change.value ? t.value.pause : t.value.resume;
    case 'waitingTtlSeconds':
      return t.value.waitingTtlSeconds(change.value === null ? null : durationText(change.value * 1_000));
    default:
      return t.value[change.setting](change.value === null ? null : count(change.value));
  }
}
