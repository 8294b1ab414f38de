import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import type { EventDetail } from '../../shared/types.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Loading } from '../../ui/loading.tsx';
import { FailedPage, Notice } from '../../ui/notice.tsx';
import { playChime } from './chime.ts';
import { Inside } from './inside.tsx';
import { milestoneOf, type Place } from './line.ts';
import { LineView } from './line-view.tsx';
import { LobbyView } from './lobby-view.tsx';
import { PlaceKeeper } from './place-keeper.ts';
import { placesLost } from './return-to-line.ts';
import { Left } from './way-out.tsx';

const t = texts({
  ko: {
    yourTurn: '입장하세요!',
    entered: '입장했습니다. 지금부터 예매할 수 있어요.',
    inLine: (ahead: number) =>
      ahead === 0 ? '다음이 내 차례예요.' : `앞에 ${count(ahead)}명 이하가 남았어요.`,
    inLobby: '추첨 대기실에 있어요.',
    lineTitle: (ahead: number) => (ahead === 0 ? '다음 차례' : `앞에 ${count(ahead)}명`),
    lobbyTitle: '추첨 대기',
    delayed: '확인이 조금 늦어지고 있어요. 순번은 그대로이고, 곧 자동으로 다시 확인해요.',
    cleared: '운영자가 대기열을 새로 시작해서 순번을 다시 받았어요.',
    insideEnded: '예매할 수 있는 시간이 끝나서 다시 줄을 섰어요.',
    waitingEnded: '오랫동안 소식이 없어 이전 순번이 끝났어요. 새 순번을 받았어요.',
  },
  en: {
    yourTurn: 'Your turn!',
    entered: 'You are in. You can book now.',
    inLine: (ahead) => (ahead === 0 ? 'You are next.' : `${count(ahead)} people or fewer are ahead of you.`),
    inLobby: 'You are in the lobby of the draw.',
    lineTitle: (ahead) => (ahead === 0 ? 'You are next' : `${count(ahead)} ahead`),
    lobbyTitle: 'Waiting for the draw',
    delayed: 'Checking takes a little longer. Your place is kept, and the page tries again by itself.',
    cleared: 'The line was started anew by the organizer, so you have a new place.',
    insideEnded: 'Your time to book has ended, so you are in line again.',
    waitingEnded: 'Your earlier place ended after a long silence. You have a new one.',
  },
});

/** The door of a sale that is open, or whose lobby is. */
export function Entrance({ event, children }: { event: EventDetail; children: ComponentChildren }) {
  const keeper = useMemo(() => new PlaceKeeper(event.id, user.peek()?.id ?? ''), [event.id]);
  useEffect(() => keeper.start(), [keeper]);

  const lost = placesLost.value;
  const lostBefore = useRef(lost);
  useEffect(() => {
    if (lost === lostBefore.current) return;
    lostBefore.current = lost;
    keeper.returnToLine();
  }, [lost, keeper]);

  const place = keeper.place.value;
  const called = keeper.called.value && place?.state === 'inside';
  useEffect(() => {
    if (called) playChime();
  }, [called]);
  useTitle(`${titleOf(place, called)}${event.title}`);

  if (keeper.failure.value !== undefined) return <FailedPage error={keeper.failure.value} />;
  if (keeper.hasLeft.value) return <Left event={event} again={() => keeper.enter()} />;
  const change = keeper.changed.value;
  return (
    <>
      <p class="visually-hidden" role="status">
        {announcementOf(place, called)}
      </p>
      {place?.state !== 'inside' && (keeper.delayed.value || change !== undefined) && (
        <div class="stack waiting-news">
          {change !== undefined && <Notice>{t.value[change]}</Notice>}
          {keeper.delayed.value && <Notice tone="warn">{t.value.delayed}</Notice>}
        </div>
      )}
      {(place === undefined || place.state === 'outside') && <Loading />}
      {place?.state === 'waiting' && <LineView event={event} place={place} keeper={keeper} />}
      {place?.state === 'lobby' && <LobbyView event={event} place={place} keeper={keeper} />}
      {place?.state === 'inside' && (
        <Inside event={event} place={place} called={called} keeper={keeper}>
          {children}
        </Inside>
      )}
    </>
  );
}

/** In front of the event's title, since a tab shows the first letters only. */
function titleOf(place: Place | undefined, called: boolean): string {
  if (called) return `${t.value.yourTurn} · `;
  if (place?.state === 'waiting') return `${t.value.lineTitle(place.position - 1)} · `;
  return place?.state === 'lobby' ? `${t.value.lobbyTitle} · ` : '';
}

function announcementOf(place: Place | undefined, called: boolean): string {
  if (called) return t.value.entered;
  if (place?.state === 'waiting') return t.value.inLine(milestoneOf(place.position - 1));
  return place?.state === 'lobby' ? t.value.inLobby : '';
}
