import { useMemo, useRef, useState } from 'preact/hooks';
import type { WatchedSeat } from '../../../client/index.ts';
import { type Block, blocksOf } from '../../hall/blocks.ts';
import { HallMap } from '../../hall/hall-map.tsx';
import { isSamePlace } from '../../hall/hall-seat.ts';
import { type PriceClass, priceClasses } from '../../hall/look.ts';
import { theme } from '../../hall/theme.ts';
import { texts } from '../../shared/language.ts';
import type { EventDetail } from '../../shared/types.ts';
import { Loading } from '../../ui/loading.tsx';
import { say } from '../../ui/messages.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { Alternative } from './alternative.tsx';
import { BestTogether } from './best-together.tsx';
import { ChoiceBar } from './choice-bar.tsx';
import { HoldProblem } from './hold-problem.tsx';
import { Legend } from './legend.tsx';
import { SeatList } from './seat-list.tsx';
import { seatLooks } from './seat-looks.ts';
import { seatText } from './seat-texts.ts';
import { useChoice } from './use-choice.ts';
import { useHold } from './use-hold.ts';
import { useSeats } from './use-seats.ts';

const t = texts({
  ko: {
    title: '좌석 선택',
    map: '좌석도',
    list: '목록',
    view: '보기 방식',
    label: '좌석도. 목록 보기에서도 좌석을 고를 수 있어요.',
    limit: (limit: number) => `한 번에 ${limit}석까지 고를 수 있어요. 다른 좌석을 먼저 해제해 주세요.`,
    taken: '이미 선택된 좌석이에요. 다른 좌석을 골라 주세요.',
    soldOut: '남은 좌석이 없어요. 결제되지 않은 좌석이 나오면 여기에 바로 보여 드려요.',
  },
  en: {
    title: 'Choose seats',
    map: 'Map',
    list: 'List',
    view: 'View',
    label: 'Map of the hall. You can choose seats in the list as well.',
    limit: (limit) => `You can choose ${limit} seats at once. Remove another one first.`,
    taken: 'This seat is taken. Please choose another one.',
    soldOut: 'All seats are taken. Seats that are not paid appear here at once.',
  },
});

/** Choosing seats, from the hall to the hold. */
export function HallStep({ event }: { event: EventDetail }) {
  const { seats, error } = useSeats(event.id);
  if (error) return <Failure error={error} event={event.id} />;
  if (!seats) return <Loading />;
  return <Hall event={event} seats={seats} />;
}

function Hall({ event, seats }: { event: EventDetail; seats: readonly WatchedSeat[] }) {
  const limit = Math.min(event.limits.max_seats_per_reservation, event.limits.max_seats_per_user);
  const hold = useHold(event.id);
  const choice = useChoice(event.id, seats, limit, hold.isOpen);
  const [isList, setIsList] = useState(false);
  const [shown, setShown] = useState<readonly WatchedSeat[]>();
  const { blocks, classes } = useHall(seats);
  const look = useMemo(() => seatLooks(classes, theme.value, choice.ids), [classes, theme.value, choice.ids]);
  const choose = (seat: WatchedSeat) => {
    hold.forgetError();
    if (seat.status !== 'available') say(t.value.taken);
    else if (!choice.toggle(seat)) say(t.value.limit(limit));
  };
  const book = () => void hold.holdSeats(choice.seats);
  return (
    <section class="stack hall-step" aria-label={t.value.title}>
      <div class="hall-head">
        <div>
          <h1>{t.value.title}</h1>
          <p class="soft">{event.title}</p>
        </div>
        <fieldset class="hall-views">
          <legend class="visually-hidden">{t.value.view}</legend>
          {[false, true].map((list) => (
            <label key={String(list)}>
              <input type="radio" name="view" checked={isList === list} onChange={() => setIsList(list)} />
              {list ? t.value.list : t.value.map}
            </label>
          ))}
        </fieldset>
      </div>
      <BestTogether
        limit={limit}
        sections={[...new Set(blocks.map(({ section }) => section))]}
        classes={classes}
        busy={hold.isHolding}
        onHold={(wish) => void hold.holdBest(wish)}
      />
      {!seats.some(({ status }) => status === 'available') && <Notice>{t.value.soldOut}</Notice>}
      {isList ? (
        <SeatList seats={seats} blocks={blocks} chosen={choice.ids} onSeat={choose} />
      ) : (
        <>
          <HallMap
            seats={seats}
            look={look}
            label={t.value.label}
            describe={seatText}
            onSeat={choose}
            show={shown}
          />
          <Legend classes={classes} seats={seats} />
        </>
      )}
      <div class="hall-foot">
        <Alternative seats={seats} choice={choice} onTake={setShown} />
        <HoldProblem error={hold.error} limit={limit} seats={seats} choice={choice} retry={hold.retry} />
        <ChoiceBar choice={choice} limit={limit} busy={hold.isHolding} onBook={book} />
      </div>
    </section>
  );
}

/** The sections and prices of a hall, which stay while seats come and go. */
function useHall(seats: readonly WatchedSeat[]): { blocks: Block[]; classes: PriceClass[] } {
  const known = useRef<{ seats: readonly WatchedSeat[]; blocks: Block[]; classes: PriceClass[] }>(undefined);
  const last = known.current?.seats;
  const stays =
    last?.length === seats.length &&
    seats.every((seat, at) => {
      const before = last[at] as WatchedSeat;
      return seat === before || (isSamePlace(seat, before) && seat.price === before.price);
    });
  if (known.current && stays) known.current.seats = seats;
  else known.current = { seats, blocks: blocksOf(seats), classes: priceClasses(seats) };
  return known.current;
}
