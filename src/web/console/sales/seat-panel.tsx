import type { FoundReservation, WatchedSeat } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';
import type { PartProps } from '../part-props.ts';
import { SeatHolder } from './seat-holder.tsx';
import type { SeatState } from './seat-states.ts';
import { stateTexts } from './state-texts.ts';

const t = texts({
  ko: {
    blocked: (reason: string) => `판매를 보류한 이유: ${reason}`,
    free: '아무도 예매하지 않은 좌석이에요.',
    edit: '좌석 편집에서 판매 보류·해제',
    earlier: '이전에 이 좌석을 가졌던 예매',
  },
  en: {
    blocked: (reason) => `Blocked, because: ${reason}`,
    free: 'This seat is free.',
    edit: 'Block or release in the seat editor',
    earlier: 'Reservations that had this seat before',
  },
});

interface SeatPanelProps {
  event: PartProps['event'];
  seat: WatchedSeat;
  state: SeatState;
  /** Why it is blocked. */
  block: string | undefined;
}

/** One seat: who holds it, since when, and who had it before. */
export function SeatPanel({ event, seat, state, block }: SeatPanelProps) {
  // Read again when the seat changes hands.
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().listEventReservations({ id: event.id, seat: seat.id, limit: 10 }, { signal }),
    [event.id, seat.id, seat.status],
  );
  const holder = value?.reservations.find((each) => hasNow(each, seat.id));
  const earlier = value?.reservations.filter((each) => each !== holder) ?? [];
  return (
    <section class="card stack seat-panel" data-state={state}>
      <div class="row heading">
        <h3>{seat.seat_label}</h3>
        <strong>{stateTexts.value[state]}</strong>
        <span class="soft number">{won(seat.price)}</span>
      </div>
      {block !== undefined && <p>{t.value.blocked(block)}</p>}
      {!value && (error === undefined ? <Loading /> : <Failure error={error} retry={reload} />)}
      {holder && <SeatHolder reservation={holder} timezone={event.timezone} />}
      {value && !holder && block === undefined && <p class="soft">{t.value.free}</p>}
      {earlier.length > 0 && (
        <details>
          <summary>
            {t.value.earlier} ({earlier.length})
          </summary>
          <div class="stack">
            {earlier.map((each) => (
              <SeatHolder key={each.id} reservation={each} timezone={event.timezone} />
            ))}
          </div>
        </details>
      )}
      {(state === 'free' || state === 'blocked') && (
        <div>
          <LinkButton size="small" href={`/console/events/${event.id}/seats`}>
            {t.value.edit}
          </LinkButton>
        </div>
      )}
    </section>
  );
}

/** The list also has reservations that have given the seat back. */
function hasNow({ items }: FoundReservation, seatId: string): boolean {
  return items.some((item) => item.seat_id === seatId && item.released_at === null);
}
