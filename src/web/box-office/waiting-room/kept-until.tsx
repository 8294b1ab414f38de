import { now } from '../../shared/clock.ts';
import { dateText, ownTimezone } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { Place } from './line.ts';

const t = texts({
  ko: {
    line: (time: string) => `이 탭을 닫아도 돼요. ${time}까지 순번이 유지됩니다.`,
    lobby: (time: string) => `이 탭을 닫아도 돼요. ${time}까지 대기실 자리가 유지됩니다.`,
    back: '차례가 되면 오래 비워 둘 수 없으니, 예상 시각 전에 돌아와 주세요.',
    again: '그 전에 이 페이지를 한 번만 다시 열어 주시면 계속 유지돼요.',
    draw: '추첨할 때 이 페이지에 계시면 결과를 바로 볼 수 있어요.',
  },
  en: {
    line: (time) => `You may close this tab. Your place is kept until ${time}.`,
    lobby: (time) => `You may close this tab. You stay in the lobby until ${time}.`,
    back: 'Your turn is not kept for long, so come back before the expected time.',
    again: 'Open this page once before then, and it is kept on.',
    draw: 'Be here at the draw to see the result at once.',
  },
});

/** The place outlives the page. How long, and when to be back. */
export function KeptUntil({ place: { state, keptUntil, estimatedWait, paused } }: { place: Place }) {
  if (keptUntil === undefined) return null;
  const time = dateText(keptUntil, ownTimezone, 'time');
  const inLobby = state === 'lobby';
  const turn = now.value + estimatedWait * 1_000;
  const endsFirst = paused === true || Date.parse(keptUntil) < turn;
  return (
    <p class="kept-until">
      <strong>{inLobby ? t.value.lobby(time) : t.value.line(time)}</strong>{' '}
      <span class="soft">{endsFirst ? t.value.again : inLobby ? t.value.draw : t.value.back}</span>
    </p>
  );
}
