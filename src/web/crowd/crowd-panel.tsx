import { useEffect, useState } from 'preact/hooks';
import { count } from '../shared/format.ts';
import { texts } from '../shared/language.ts';
import { settings } from '../shared/settings.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { sayProblem } from '../ui/messages.tsx';
import { useCrowd } from './crowd.ts';
import { CrowdFigures } from './crowd-figures.tsx';
import { Slider } from './slider.tsx';

const t = texts({
  ko: {
    title: '군중 불러오기',
    demo: '데모',
    about:
      '가상의 구매자들이 몰려와 줄을 서고, 좌석을 고르고, 결제하거나 포기해요. 대기열과 좌석이 어떻게 움직이는지 지켜보세요.',
    elsewhere: '지금은 다른 이벤트에 군중이 있어요. 여기로 부르면 그쪽은 모두 돌아갑니다.',
    buyers: '인원',
    people: (n: number) => `${count(n)}명`,
    speed: '속도',
    start: '군중 부르기',
    stop: '모두 돌려보내기',
  },
  en: {
    title: 'Let a crowd come',
    demo: 'Demo',
    about:
      'Simulated buyers rush in, stand in line, choose seats, and pay or give up. See how the line and the hall move.',
    elsewhere: 'A crowd is at another event now. If you call one here, that one goes home.',
    buyers: 'Buyers',
    people: (n: number) => count(n),
    speed: 'Speed',
    start: 'Call the crowd',
    stop: 'Send all home',
  },
});

const BUYERS = [200, 500, 1_000, 2_000, 3_000, 4_000, 5_000];
const SPEEDS = [0.25, 0.5, 1, 2, 5, 10];

/** A crowd of simulated buyers at the press of a button. Outside production only. */
export function CrowdPanel({ eventId }: { eventId: string }) {
  return settings.playground ? <Panel eventId={eventId} /> : null;
}

function Panel({ eventId }: { eventId: string }) {
  const { crowd, change } = useCrowd();
  const [buyers, setBuyers] = useState(1_000);
  const [speed, setSpeed] = useState(1);
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(false);
  const isSomewhere = crowd !== null && crowd.state !== 'gone';
  const own = crowd?.eventId === eventId ? crowd : undefined;
  const isHere = isSomewhere && own !== undefined;
  useEffect(() => {
    if (isHere) setOpen(true);
  }, [isHere]);

  const act = (...request: Parameters<typeof change>) => {
    setBusy(true);
    change(...request)
      .catch(sayProblem)
      .finally(() => setBusy(false));
  };
  /** What a slider says counts at once if the crowd is here. */
  const adjust = (changes: { buyers?: number; speed?: number }) => {
    if (isHere) change('PATCH', changes).catch(sayProblem);
  };
  return (
    <details class="crowd card" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <h2>{t.value.title}</h2>
        <Badge>{t.value.demo}</Badge>
      </summary>
      <div class="stack">
        <p class="soft">{isSomewhere && !isHere ? t.value.elsewhere : t.value.about}</p>
        <div class="crowd-sliders">
          <Slider
            label={t.value.buyers}
            steps={BUYERS}
            value={isHere ? crowd.buyers : buyers}
            text={t.value.people}
            onChange={(value) => {
              setBuyers(value);
              adjust({ buyers: value });
            }}
          />
          <Slider
            label={t.value.speed}
            steps={SPEEDS}
            value={isHere ? crowd.speed : speed}
            text={(value) => `${value}×`}
            onChange={(value) => {
              setSpeed(value);
              adjust({ speed: value });
            }}
          />
        </div>
        <div class="row">
          {isHere ? (
            <Button look="danger" busy={busy || crowd.state === 'leaving'} onClick={() => act('DELETE')}>
              {t.value.stop}
            </Button>
          ) : (
            <Button busy={busy} onClick={() => act('POST', { eventId, buyers, speed })}>
              {t.value.start}
            </Button>
          )}
        </div>
        {own && <CrowdFigures crowd={own} />}
      </div>
    </details>
  );
}
