import { useEffect } from 'preact/hooks';
import { texts } from '../../shared/language.ts';
import type { Answer } from '../../shared/types.ts';
import { keepSeedHash } from './stored-place.ts';

const t = texts({
  ko: {
    title: '추첨이 공정한지 직접 확인할 수 있어요',
    text: '추첨에 쓸 비밀 값은 이미 정해져 있고, 아래는 그 값의 지문(해시)이에요. 추첨 뒤에 비밀 값이 공개되면, 중간에 바뀌지 않았는지 이 지문으로 확인할 수 있어요.',
    kept: '이 브라우저에 저장해 두었어요.',
  },
  en: {
    title: 'You can check that the draw is fair',
    text: 'The secret value of the draw is fixed already, and this is its fingerprint (hash). The value itself is published after the draw. The fingerprint then shows that it was not changed in between.',
    kept: 'This browser has saved it.',
  },
});

/** Shows the hash of a draw that is still ahead, and saves it for the proof afterwards. */
export function SeedHash({ lottery }: { lottery: Answer<'getQueueLottery'> }) {
  const { eventId, drawsAt, seedHash, seed } = lottery;
  useEffect(() => {
    if (seed === null) keepSeedHash({ eventId, drawsAt, seedHash });
  }, [eventId, drawsAt, seedHash, seed]);
  return (
    <details class="seed-hash">
      <summary>{t.value.title}</summary>
      <p>{t.value.text}</p>
      <code>{seedHash}</code>
      <p class="soft">{t.value.kept}</p>
    </details>
  );
}
