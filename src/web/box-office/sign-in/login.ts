const KEY = 'tiketi-login';

interface Attempt {
  state: string;
  /** The page that asked for a user. */
  from: string;
}

/** Leaves for the page where buyers sign in. It sends them back to /signed-in with the token in the fragment, which no server sees. */
export function goToLogin(loginUrl: string): void {
  const attempt: Attempt = { state: crypto.randomUUID(), from: location.pathname + location.search };
  sessionStorage.setItem(KEY, JSON.stringify(attempt));
  const url = new URL(loginUrl);
  url.searchParams.set('return_to', `${location.origin}/signed-in`);
  url.searchParams.set('state', attempt.state);
  location.assign(url);
}

/**
 * Takes the answer of the login out of the address. Without the state of this tab's own attempt it is not an answer: otherwise a link
 * could sign a buyer in as someone else.
 */
export function takeLogin(): { token: string; from: string } | undefined {
  const answer = new URLSearchParams(location.hash.slice(1));
  history.replaceState(history.state, '', location.pathname);
  const attempt: Partial<Attempt> = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  sessionStorage.removeItem(KEY);
  const token = answer.get('token');
  if (token === null || attempt.state === undefined || answer.get('state') !== attempt.state)
    return undefined;
  return { token, from: attempt.from ?? '/' };
}
