import { randomId } from '../../shared/random-id.ts';
import { claimsOf } from '../../shared/session.ts';

const KEY = 'tiketi-login';
const RETURN = '/signed-in';

interface Attempt {
  state: string;
  /** The page that asked for a user. */
  from: string;
}

/**
 * The answer of the login, out of the fragment of the address. It is taken as soon as this module loads, so that the token stands
 * neither in the address bar nor in the history of the tab, even if the rest of the page fails to load.
 */
const answer = takeFragment();

function takeFragment(): URLSearchParams {
  const fragment = new URLSearchParams(location.pathname === RETURN ? location.hash.slice(1) : '');
  if (location.pathname === RETURN) history.replaceState(null, '', RETURN);
  return fragment;
}

/** Leaves for the page where buyers sign in. It sends them back to /signed-in with the token in the fragment, which no server sees. */
export function goToLogin(loginUrl: string): void {
  const here = location.pathname + location.search;
  // After a failed attempt, the page that asked first.
  const from = location.pathname === RETURN ? (attempted()?.from ?? '/') : here;
  const attempt: Attempt = { state: randomId(), from };
  sessionStorage.setItem(KEY, JSON.stringify(attempt));
  const url = new URL(loginUrl);
  url.searchParams.set('return_to', `${location.origin}${RETURN}`);
  url.searchParams.set('state', attempt.state);
  location.assign(url);
}

/**
 * Takes the answer of the login, once. Without the state of this tab's own attempt it is not an answer: otherwise a link could sign a
 * buyer in as someone else.
 *
 * @returns the token, and the page of this service to go on with
 */
export function takeLogin(): { token: string; from: string } | undefined {
  const attempt = attempted();
  const token = answer.get('token');
  const state = answer.get('state');
  answer.delete('token');
  if (!attempt || token === null || state !== attempt.state || !claimsOf(token)) return undefined;
  sessionStorage.removeItem(KEY);
  return { token, from: ownPath(attempt.from) };
}

function attempted(): Attempt | undefined {
  return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') ?? undefined;
}

/** `//other.example/` is a path too, and leads elsewhere as an address. */
function ownPath(path: string): string {
  const { origin, pathname, search } = new URL(path, location.origin);
  return origin === location.origin ? pathname + search : '/';
}
