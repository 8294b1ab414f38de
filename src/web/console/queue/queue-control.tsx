import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { useLive } from '../live/live.ts';
import type { PartProps } from '../part-props.ts';
import { QueueFigures } from './queue-figures.tsx';
import { queueLive } from './queue-live.ts';
import { RoomSettings } from './room-settings.tsx';

const t = texts({
  ko: {
    title: '대기열',
    draft: '초안에는 대기열이 없어요. 이벤트를 공개하면 여기에서 대기열을 조정할 수 있어요.',
    adminOnly:
      '대기열 조정은 관리자만 할 수 있어요. 한 이벤트의 설정이 서비스 전체의 부하에 영향을 주기 때문이에요. 바꿔야 할 것이 있으면 관리자에게 요청해 주세요.',
    paused: (n: string) => `입장이 일시정지되어 있어요. ${n}명이 기다리고 있어요.`,
  },
  en: {
    title: 'Waiting room',
    draft: 'A draft has no waiting room. You can control it here once the event is published.',
    adminOnly:
      'Only administrators control the waiting room, because the settings of one event decide how much load the whole service gets. Ask one of them if something has to change.',
    paused: (n) => `Admission is paused. ${n} are waiting.`,
  },
});

/** The waiting room of an event: how it is, and for administrators the settings that change it. */
export function QueueControl({ event }: PartProps) {
  if (event.status === 'draft') return <Notice>{t.value.draft}</Notice>;
  return <LiveQueue key={event.id} event={event} />;
}

function LiveQueue({ event }: Pick<PartProps, 'event'>) {
  const source = queueLive(event.id);
  const live = useLive(source);
  const room = live.value;
  if (!room) {
    if (live.error !== undefined) return <Failure error={live.error} retry={() => source.refresh()} />;
    return <Loading />;
  }
  return (
    <div class="stack board">
      <h2 class="visually-hidden">{t.value.title}</h2>
      {room.admin?.paused && <Notice tone="warn">{t.value.paused(count(room.queueSize))}</Notice>}
      <QueueFigures live={live} room={room} />
      {room.admin ? (
        <RoomSettings event={event} room={room.admin} source={source} />
      ) : (
        <Notice>{t.value.adminOnly}</Notice>
      )}
    </div>
  );
}
