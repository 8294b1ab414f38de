import { computed, effect, signal } from '@preact/signals';

export type Role = 'user' | 'organizer' | 'admin';

export interface User {
  id: string;
  role: Role;
}

/**
 * The token of the signed-in user. It lives as long as the tab, and never in an address. The faces keep theirs apart: a buyer is not
 * the organizer who looks at the same tab later.
 */
const KEY = `tiketi-token:${location.pathname.startsWith('/console') ? 'console' : 'box-office'}`;

export const token = signal<string | undefined>(sessionStorage.getItem(KEY) ?? undefined);

effect(() => {
  if (token.value === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token.value);
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
