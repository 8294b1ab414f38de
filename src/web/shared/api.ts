import { computed, effect, signal } from '@preact/signals';
import {
  createTiketiClient,
  createTiketiSocket,
  type TiketiClient,
  type TiketiSocket,
} from '../../client/index.ts';
import { compareClocks } from './clock.ts';
import { language } from './language.ts';
import { endSession, token, user } from './session.ts';

/** One function for client and socket, which share the proofs of a user's places in waiting rooms by it. */
const currentToken = () => token.peek();

const ASK_AGAIN_MS = 3_000;

/** Whether the last call was answered, streams included. */
export const reachable = signal(true);

const client = computed(() =>
  createTiketiClient({
    baseUrl: location.origin,
    token: currentToken,
    language: language.value,
    fetch: async (request) => {
      const askedAt = Date.now();
      // Public answers may be five seconds old in a cache (stale-while-revalidate). The pages live on fresh ones, and so does the clock.
      const init: RequestInit = request.cache === 'default' ? { cache: 'no-cache' } : {};
      const response = await fetch(request, init).catch((error: unknown) => {
        if (!request.signal.aborted) reachable.value = false;
        throw error;
      });
      reachable.value = true;
      compareClocks(response, askedAt);
      // Not for a token that was replaced while the answer was on its way.
      const sent = request.headers.get('authorization');
      if (response.status === 401 && sent === `Bearer ${token.peek()}`) endSession();
      return response;
    },
  }),
);

/** The SDK, in the language of the page: `tiketi().listEvents()`. */
export function tiketi(): TiketiClient {
  return client.peek();
}

// A page that calls nothing by itself also learns when the service answers again.
effect(() => {
  if (reachable.value) return;
  const ask = () =>
    void tiketi()
      .getHealth()
      .catch(() => undefined);
  const timer = setInterval(ask, ASK_AGAIN_MS);
  addEventListener('online', ask);
  return () => {
    clearInterval(timer);
    removeEventListener('online', ask);
  };
});

let open: TiketiSocket | undefined;

/** The user's one connection. Ask for it only while a user is signed in. */
export function socket(): TiketiSocket {
  open ??= createTiketiSocket({ url: location.origin, token: currentToken });
  return open;
}

// By itself, the socket pauses for up to 5 s between its attempts.
addEventListener('online', () => {
  if (open === undefined || open.connected) return;
  open.close();
  open.connect();
});

// Another user gets another connection. A renewed token of the same user goes on with theirs, which asks for it in time.
let owner = user.peek()?.id;
effect(() => {
  const id = user.value?.id;
  if (id === owner) return;
  owner = id;
  open?.close();
  open = undefined;
});
