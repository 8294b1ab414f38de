import { count } from '../shared/format.ts';
import { texts } from '../shared/language.ts';
import { type Crowd, STAGES } from './crowd.ts';

const t = texts({
  ko: {
    arrived: (n: number, all: number) => `${count(all)}명 중 ${count(n)}명이 왔어요`,
    leaving: '모두 돌아가는 중이에요…',
    gone: '모두 돌아갔어요',
    waiting: '대기 중',
    inside: '고르는 중',
    holding: '결제 전',
    bought: '예매 완료',
    gaveUp: '포기',
    refused: '구하지 못함',
  },
  en: {
    arrived: (n: number, all: number) => `${count(n)} of ${count(all)} have come`,
    leaving: 'All are going home…',
    gone: 'All have gone home',
    waiting: 'In line',
    inside: 'Choosing',
    holding: 'To pay',
    bought: 'Bought',
    gaveUp: 'Gave up',
    refused: 'Found none',
  },
});

/** Where the buyers are: as a bar, and in numbers. */
export function CrowdFigures({ crowd }: { crowd: Crowd }) {
  const { state, arrived, buyers } = crowd;
  return (
    <div class="stack">
      <p role="status">{state === 'here' ? t.value.arrived(arrived, buyers) : t.value[state]}</p>
      <div class="crowd-bar" aria-hidden="true">
        {STAGES.map((stage) => (
          <span key={stage} data-stage={stage} style={{ flexGrow: crowd[stage] }} />
        ))}
        <span style={{ flexGrow: Math.max(0, buyers - arrived) }} />
      </div>
      <dl class="crowd-figures">
        {STAGES.map((stage) => (
          <div key={stage} data-stage={stage}>
            <dt>{t.value[stage]}</dt>
            <dd class="number">{count(crowd[stage])}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
