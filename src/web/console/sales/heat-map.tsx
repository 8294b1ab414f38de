import { texts } from '../../shared/language.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import type { PartProps } from '../part-props.ts';
import { LiveHall } from './live-hall.tsx';

const t = texts({
  ko: {
    draft: '아직 초안이에요. 공개하면 여기에서 좌석이 팔리는 모습을 실시간으로 볼 수 있어요.',
    none: '이 이벤트는 좌석 없이 티켓만 판매해요.',
    sales: '판매 현황 보기',
  },
  en: {
    draft: 'This event is still a draft. Once it is published, you can watch its seats sell here.',
    none: 'This event sells tickets without seats.',
    sales: 'See its sales',
  },
});

/** The hall of an event, live, with who holds what. */
export function HeatMap({ event }: PartProps) {
  if (event.status !== 'draft' && event.seat_count > 0) return <LiveHall key={event.id} event={event} />;
  return (
    <Notice>
      <p>{event.status === 'draft' ? t.value.draft : t.value.none}</p>
      {event.status !== 'draft' && (
        <div>
          <LinkButton size="small" href={`/console/events/${event.id}/sales`}>
            {t.value.sales}
          </LinkButton>
        </div>
      )}
    </Notice>
  );
}
