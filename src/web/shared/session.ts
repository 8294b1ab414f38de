import { computed, effect, signal } from '@preact/signals';

export type Role = 'user' | 'organizer' | 'admin';

export interface User {
  id: string;
  role: Role;
}

/**
 * The token of the signed-in user, which never stands in an address. The faces keep theirs apart: a buyer is not the organizer who looks
 * at the same tab later. A buyer's place in line outlives the tab, and so does their token. An operator's ends with the tab.
 */
const isConsole = location.pathname.startsWith('/console');
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

export function signIn(fresh: string): void {
  token.value = fresh;
}

export function signOut(): void {
  token.value = undefined;
}

/** @returns `undefined` for a text that is no token, or one whose time is over */
export function claimsOf(text: string | undefined): User | undefined {
  const [, payload] = text?.split('.') ?? [];
  if (payload === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (each) =>
      each.charCodeAt(0),
    );
    const { userId, role = 'user', exp } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof userId !== 'string' || (typeof exp === 'number' && exp * 1_000 <= Date.now()))
      return undefined;
    return { id: userId, role };
  } catch {
    return undefined;
  }
}
