import { tiketi } from '../../shared/api.ts';
import { now } from '../../shared/clock.ts';
import { count, dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { EventDetail } from '../../shared/types.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { ChimeToggle } from './chime-toggle.tsx';
import { KeptUntil } from './kept-until.tsx';
import { LeaveButton } from './leave-button.tsx';
import type { Place } from './line.ts';
import type { PlaceKeeper } from './place-keeper.ts';
import { SeedHash } from './seed-hash.tsx';

const t = texts({
  ko: {
    eyebrow: '추첨 대기실',
    until: '추첨까지',
    drawing: '순서를 추첨하는 중이에요…',
    at: (time: string) => `${time}에 모두의 순서를 한 번에 추첨해요`,
    people: (people: number) => `지금 ${count(people)}명이 함께 기다리고 있어요.`,
    fair: '먼저 온 순서는 상관없어요. 추첨이 끝나면 자동으로 줄을 서고, 차례가 되면 입장해요.',
  },
  en: {
    eyebrow: 'Lobby of the draw',
    until: 'The draw is in',
    drawing: 'Drawing the order…',
    at: (time) => `Everyone’s place is drawn at once on ${time}`,
    people: (people) =>
      people === 1 ? 'You are the only one here so far.' : `${count(people)} people are waiting here now.`,
    fair: 'Coming first is no advantage. After the draw you stand in line by yourself, and enter when it is your turn.',
  },
});

/** Before the draw: all have the same chance, so there is no place to show. */
export function LobbyView({
  event,
  place,
  keeper,
}: {
  event: EventDetail;
  place: Place;
  keeper: PlaceKeeper;
}) {
  const startsAt = place.startsAt ?? event.sale_start_date;
  const lottery = useLoaded(
    (signal) => tiketi().getQueueLottery({ eventId: event.id }, { signal }),
    [startsAt],
  );
  const due = Date.parse(startsAt) <= now.value;
  return (
    <section class="card waiting">
      <header>
        <p class="eyebrow">{t.value.eyebrow}</p>
        <h1>{event.title}</h1>
      </header>
      <div class="waiting-main">
        {due ? (
          <p class="waiting-figure waiting-words">{t.value.drawing}</p>
        ) : (
          <>
            <p class="soft">{t.value.until}</p>
            <p class="waiting-figure">
              <Countdown to={startsAt} onEnd={() => keeper.ask()} />
            </p>
            <p class="soft">{t.value.at(dateText(startsAt, event.timezone))}</p>
          </>
        )}
      </div>
      <p>
        <strong>{t.value.people(place.queueSize)}</strong> {t.value.fair}
      </p>
      <KeptUntil place={place} />
      {lottery.value && <SeedHash lottery={lottery.value} />}
      <footer class="row">
        <ChimeToggle />
        <LeaveButton keeper={keeper} />
      </footer>
    </section>
  );
}
