import { signal } from '@preact/signals';
import { reachable } from '../shared/api.ts';
import { texts } from '../shared/language.ts';

/** Whether the browser has a network. */
const online = signal(navigator.onLine);
addEventListener('online', () => {
  online.value = true;
});
addEventListener('offline', () => {
  online.value = false;
});

/** Parts with a socket set this while it is lost. Calls and streams are noticed by themselves. */
export const reconnecting = signal(false);

const t = texts({
  ko: { offline: '오프라인이에요. 연결되면 바로 이어집니다.', reconnecting: '다시 연결하는 중이에요…' },
  en: { offline: 'You are offline. The page goes on when you are back.', reconnecting: 'Reconnecting…' },
});

export function ConnectionBar() {
  return (
    <div role="status">
      {!online.value ? (
        <p class="connection">{t.value.offline}</p>
      ) : (
        (reconnecting.value || !reachable.value) && <p class="connection">{t.value.reconnecting}</p>
      )}
    </div>
  );
}
