/** A gap in a timer of one second that means sleep. */
const SLEPT_MS = 10_000;

/** Calls when the page is seen again, the network is back, or the computer has slept: what the page shows may be old. */
export function onWake(wake: () => void): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const slept = Date.now() - last > SLEPT_MS;
    last = Date.now();
    // A hidden page has slow timers, and asks when it is seen.
    if (slept && !document.hidden) wake();
  }, 1_000);
  const seen = () => {
    if (!document.hidden) wake();
  };
  document.addEventListener('visibilitychange', seen);
  addEventListener('online', wake);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', seen);
    removeEventListener('online', wake);
  };
}
