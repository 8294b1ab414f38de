import { computed, effect, signal } from '@preact/signals';
import { serviceTime } from './clock.ts';

export type Role = 'user' | 'organizer' | 'admin';

export interface User {
  id: string;
  role: Role;
}

/** Whether this page is of the control room. */
export const isConsole = location.pathname.startsWith('/console');

/**
 * The token of the signed-in user, which never stands in an address. The faces keep theirs apart: a buyer is not the organizer who looks
 * at the same tab later. A buyer's place in line outlives the tab, and so does their token. An operator's ends with the tab.
 */
const KEY = `tiketi-token:${isConsole ? 'console' : 'box-office'}`;
const store = isConsole ? sessionStorage : localStorage;

const stored = () => store.getItem(KEY) ?? undefined;

export const token = signal<string | undefined>(stored());

effect(() => {
  if (token.value === undefined) store.removeItem(KEY);
  else store.setItem(KEY, token.value);
});
// Signed in or out in another tab.
addEventListener('storage', ({ storageArea }) => {
  if (storageArea === store) token.value = stored();
});

/** Without a signature check, which is the service's: this only says what to show. */
export const user = computed<User | undefined>(() => claimsOf(token.value));

/** Whether the last session ended by itself: its time was over, or the service no longer took its token. */
export const sessionEnded = signal(false);

export function signIn(fresh: string): void {
  sessionEnded.value = false;
  token.value = fresh;
}

export function signOut(): void {
  sessionEnded.value = false;
  token.value = undefined;
}

/** Signs out and says why. The page stays where it is, and goes on after the next sign-in. */
export function endSession(): void {
  if (token.peek() === undefined) return;
  token.value = undefined;
  sessionEnded.value = true;
}

/** The longest time-out that browsers take, 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

effect(() => {
  if (token.value === undefined) return;
  const left = (expiryOf(token.value) ?? Number.POSITIVE_INFINITY) - serviceTime();
  if (left > LONGEST_MS) return;
  const timer = setTimeout(endSession, left);
  return () => clearTimeout(timer);
});

/** @returns `undefined` for a text that is no token, or one whose time is over */
export function claimsOf(text: string | undefined): User | undefined {
  const { userId, role = 'user' } = payloadOf(text);
  if (typeof userId !== 'string' || (expiryOf(text) ?? Number.POSITIVE_INFINITY) <= serviceTime())
    return undefined;
  return { id: userId, role };
}

/** In ms since 1970. */
function expiryOf(text: string | undefined): number | undefined {
  const { exp } = payloadOf(text);
  return typeof exp === 'number' ? exp * 1_000 : undefined;
}

function payloadOf(text: string | undefined): { userId?: unknown; role?: Role; exp?: unknown } {
  const [, payload] = text?.split('.') ?? [];
  if (payload === undefined) return {};
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (each) =>
      each.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}
