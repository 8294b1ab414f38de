import { lazy } from 'preact-iso';

/** When a page was last loaded anew because a file was missing. */
const KEY = 'tiketi-reloaded-at';
const PAUSE_MS = 2_000;
/** A deployment that replaces one instance after another serves old pages and new files for a while. */
const LEAST_BETWEEN_RELOADS_MS = 10_000;

/**
 * A page whose code loads when it is first shown. Without a network, or after a deployment, that fails, and browsers remember it: so the
 * page is loaded anew, at the address that was asked for, once the service answers.
 */
export function lazyPage<Page>(load: () => Promise<Page>) {
  return lazy(() => load().catch(loadAnew));
}

async function loadAnew(): Promise<never> {
  while (justReloaded() || !(await isServed())) await new Promise((done) => setTimeout(done, PAUSE_MS));
  sessionStorage.setItem(KEY, String(Date.now()));
  location.reload();
  // The code that asked doesn't go on.
  return new Promise(() => {});
}

function justReloaded(): boolean {
  return Math.abs(Date.now() - Number(sessionStorage.getItem(KEY))) < LEAST_BETWEEN_RELOADS_MS;
}

async function isServed(): Promise<boolean> {
  const answer = await fetch(location.href, { method: 'HEAD', headers: { accept: 'text/html' } }).catch(
    () => undefined,
  );
  return answer?.ok === true;
}
