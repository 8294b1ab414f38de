import { useCallback, useMemo, useState } from 'preact/hooks';
import type { WatchedSeat } from '../../../client/index.ts';
import { HallMap } from '../../hall/hall-map.tsx';
import { theme } from '../../hall/theme.ts';
import { tiketi } from '../../shared/api.ts';
import { now } from '../../shared/clock.ts';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';
import { Freshness } from '../live/freshness.tsx';
import { useLive } from '../live/live.ts';
import type { PartProps } from '../part-props.ts';
import { FindSeat } from './find-seat.tsx';
import { salesLive } from './sales-live.ts';
import { SeatKey } from './seat-key.tsx';
import { SeatPanel } from './seat-panel.tsx';
import { countStates, seatLooks, stateOf } from './seat-states.ts';
import { stateTexts } from './state-texts.ts';
import { useLiveSeats } from './use-live-seats.ts';

const t = texts({
  ko: {
    title: '좌석',
    map: '좌석별 판매 현황',
    sold: (n: string) => `${n}석 판매`,
    none: '좌석을 누르면 누가 예매했는지 볼 수 있어요.',
  },
  en: {
    title: 'Hall',
    map: 'Seats by state',
    sold: (n) => `${n} sold`,
    none: 'Choose a seat to see who holds it.',
  },
});

/** Fresh sales fade in steps of this. */
const STEP_MS = 10_000;

export function LiveHall({ event }: Pick<PartProps, 'event'>) {
  const { seats, soldAt, error } = useLiveSeats(event.id);
  const sales = useLive(salesLive(event.id));
  const blocks = useBlocks(event.id, sales.value?.seats.blocked);
  const [chosenId, setChosenId] = useState<string>();
  const [shown, setShown] = useState<WatchedSeat[]>();
  const step = Math.floor(now.value / STEP_MS) * STEP_MS;
  const state = useCallback(
    (seat: WatchedSeat) => stateOf(seat, blocks.ids, soldAt, step),
    [blocks, soldAt, step],
  );
  const look = useMemo(
    () => seatLooks<WatchedSeat>(theme.value, state, ({ id }) => id === chosenId),
    [theme.value, state, chosenId],
  );
  const counts = useMemo(() => countStates(seats ?? [], state), [seats, state]);
  const sold = useCallback((seats: number) => t.value.sold(count(seats)), [t.value]);
  if (!seats) return error ? <Failure error={error} /> : <Loading />;

  const chosen = seats.find(({ id }) => id === chosenId);
  const choose = (seat: WatchedSeat) => setChosenId(seat.id);
  return (
    <div class="stack board">
      <h2 class="visually-hidden">{t.value.title}</h2>
      <div class="row heading">
        <SeatKey counts={counts} />
        <Freshness live={sales} />
      </div>
      <div class="live-hall">
        <HallMap
          seats={seats}
          look={look}
          label={t.value.map}
          describe={(seat) => `${seat.seat_label} · ${stateTexts.value[state(seat)]} · ${won(seat.price)}`}
          free={sold}
          onSeat={choose}
          show={shown}
        />
        <div class="stack">
          <FindSeat
            seats={seats}
            onFind={(seat) => {
              choose(seat);
              setShown([seat]);
            }}
          />
          <div aria-live="polite">
            {chosen ? (
              <SeatPanel
                key={chosen.id}
                event={event}
                seat={chosen}
                state={state(chosen)}
                block={blocks.of(chosen.id)}
              />
            ) : (
              <p class="soft">{t.value.none}</p>
            )}
          </div>
        </div>
      </div>
    </div>
  );
}

/** Which seats are blocked, and why. It is read again when their number changes: buyers see a blocked seat as sold. */
function useBlocks(id: string, blocked: number | undefined) {
  const { value } = useLoaded((signal) => tiketi().listOrganizerSeats({ id }, { signal }), [id, blocked]);
  return useMemo(() => {
    const reasons = new Map<string, string>();
    for (const { reason, seats } of value?.blocks ?? [])
      for (const at of seats) reasons.set(value?.ids[at] as string, reason);
    return { ids: new Set(reasons.keys()), of: (seatId: string) => reasons.get(seatId) };
  }, [value]);
}
