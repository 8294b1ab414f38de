import { texts } from '../../shared/language.ts';
import { chimeOn, turnChime } from './chime.ts';

const t = texts({
  ko: { label: '내 차례가 되면 소리로 알림' },
  en: { label: 'Play a sound when it is my turn' },
});

export function ChimeToggle() {
  return (
    <label class="chime">
      <input
        type="checkbox"
        checked={chimeOn.value}
        onChange={({ currentTarget }) => turnChime(currentTarget.checked)}
      />
      {t.value.label}
    </label>
  );
}
