import { useEffect } from 'preact/hooks';
import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { Answer, EventDetail } from '../../shared/types.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { ChimeToggle } from './chime-toggle.tsx';
import { SeedHash } from './seed-hash.tsx';

const t = texts({
  ko: {
    eyebrow: '예매 시작 전',
    untilSale: '예매 시작까지',
    untilLobby: '추첨 대기실이 열릴 때까지',
    sale: (time: string) => `${time}에 시작해요`,
    lobby: (time: string) => `${time}에 열려요`,
    byItself: '시간이 되면 자동으로 들어가요. 새로고침하지 않아도 돼요.',
    lottery: (time: string) =>
      `이 공연은 ${time}에 대기 순서를 추첨해요. 그 전에 대기실에 들어와 계시면 되고, 먼저 왔다고 유리하지 않아요.`,
    title: '곧 시작해요',
  },
  en: {
    eyebrow: 'Before the sale',
    untilSale: 'The sale starts in',
    untilLobby: 'The lobby opens in',
    sale: (time) => `Starts ${time}`,
    lobby: (time) => `Opens ${time}`,
    byItself: 'You go in by yourself when it is time. There is no need to reload.',
    lottery: (time) =>
      `The order of the line is drawn by lot on ${time}. Be in the lobby by then. Coming first is no advantage.`,
    title: 'Starting soon',
  },
});

const REFRESH_MS = 60_000;

interface EarlyProps {
  event: EventDetail;
  /** When the lobby opens, or the sale if it has no lobby. */
  opensAt: number;
  lottery: Answer<'getQueueLottery'> | null;
  refresh(): void;
}

/** Counts down to the moment from which a buyer can wait or enter. */
export function Early({ event, opensAt, lottery, refresh }: EarlyProps) {
  const { title, timezone, sale_start_date } = event;
  useTitle(`${t.value.title} · ${title}`);
  // An organizer may move the sale, or set a lobby, while the page is open.
  useEffect(() => {
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const opening = dateText(opensAt, timezone);
  return (
    <section class="card waiting">
      <header>
        <p class="eyebrow">{t.value.eyebrow}</p>
        <h1>{title}</h1>
      </header>
      <div class="waiting-main">
        <p class="soft">{lottery ? t.value.untilLobby : t.value.untilSale}</p>
        <p class="waiting-figure">
          <Countdown to={opensAt} />
        </p>
        <p class="soft">{lottery ? t.value.lobby(opening) : t.value.sale(opening)}</p>
      </div>
      <p>{t.value.byItself}</p>
      {lottery && (
        <>
          <p>{t.value.lottery(dateText(sale_start_date, timezone))}</p>
          <SeedHash lottery={lottery} />
        </>
      )}
      <footer class="row">
        <ChimeToggle />
      </footer>
    </section>
  );
}
