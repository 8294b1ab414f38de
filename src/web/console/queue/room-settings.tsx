import { useState } from 'preact/hooks';
import type { QueueAdmin } from '../../../client/index.ts';
import { now } from '../../shared/clock.ts';
import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import type { LiveSource } from '../live/live.ts';
import type { PartProps } from '../part-props.ts';
import { ConfirmChange } from './confirm-change.tsx';
import { consequenceText } from './consequence-texts.ts';
import { type Change, type Consequence, consequencesOf } from './consequences.ts';
import type { QueueFigures, Room } from './queue-live.ts';
import { SettingForm } from './setting-form.tsx';

const t = texts({
  ko: {
    title: '조정',
    admission: '입장',
    running: '줄에서 차례대로 입장하고 있어요.',
    paused: '입장이 멈춰 있어요. 새로 오는 사람은 줄을 서요.',
    pause: '입장 일시정지',
    resume: '입장 재개',
    clearTitle: '대기열 비우기',
    clearHint: '줄, 추첨 대기실, 입장한 사람 모두의 자리를 없애요. 문제가 생겼을 때만 사용하세요.',
    clear: '대기열 비우기',
  },
  en: {
    title: 'Control',
    admission: 'Admission',
    running: 'People come in from the line in turn.',
    paused: 'Admission stands still. Newcomers stand in line.',
    pause: 'Pause admission',
    resume: 'Resume admission',
    clearTitle: 'Clear the waiting room',
    clearHint: 'Ends the place of everyone in line, in the lobby and inside. For emergencies only.',
    clear: 'Clear the waiting room',
  },
});

interface RoomSettingsProps {
  event: PartProps['event'];
  room: QueueAdmin;
  source: LiveSource<Room, QueueFigures>;
}

/** All that an administrator can change. Each change tells what it will do, and is made after a second look. */
export function RoomSettings({ event, room, source }: RoomSettingsProps) {
  const [asked, setAsked] = useState<Change>();
  const startsAt = Date.parse(event.sale_start_date);
  const tell = (change: Change): Consequence[] => consequencesOf(change, room, { startsAt, now: now.value });
  const time = (at: number) => dateText(at, event.timezone);
  const form = {
    room,
    tell: (change: Change) => tell(change).map((each) => consequenceText(each, time)),
    ask: setAsked,
  };
  return (
    <section class="stack" aria-label={t.value.title}>
      <div class="groups">
        <section class="card stack setting">
          <h3>{t.value.admission}</h3>
          <p class="soft">{room.paused ? t.value.paused : t.value.running}</p>
          <div>
            <Button
              {...(room.paused && { look: 'primary' as const })}
              onClick={() => setAsked({ setting: 'paused', value: !room.paused })}
            >
              {room.paused ? t.value.resume : t.value.pause}
            </Button>
          </div>
        </section>
        <SettingForm setting="threshold" {...form} />
        <SettingForm setting="drainPerSecond" {...form} />
        <SettingForm setting="lobbyMinutes" isOver={startsAt <= now.value} {...form} />
        <SettingForm setting="waitingTtlSeconds" {...form} />
        <section class="card stack setting">
          <h3>{t.value.clearTitle}</h3>
          <p class="soft">{t.value.clearHint}</p>
          <div>
            <Button look="danger" onClick={() => setAsked({ setting: 'clear' })}>
              {t.value.clear}
            </Button>
          </div>
        </section>
      </div>
      {asked && (
        <ConfirmChange
          eventId={event.id}
          change={asked}
          source={source}
          sentences={form.tell(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}
