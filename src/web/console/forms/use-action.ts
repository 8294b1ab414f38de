import { useEffect, useRef, useState } from 'preact/hooks';
import { type CallOptions, TiketiError } from '../../../client/index.ts';
import { randomId } from '../../shared/random-id.ts';
import { sayProblem } from '../../ui/messages.tsx';

interface Action {
  /** Whether it is under way. */
  busy: boolean;
  /** The fields that the service refused, by the path in the body: `title`, `sections/0/rows`. */
  wrong: Readonly<Record<string, string>>;
  /**
   * Does something once at a time, and says what went wrong.
   *
   * @param intent what is asked for. The same intent, repeated after a failure, goes out with the same `Idempotency-Key`.
   */
  run(intent: unknown, act: (once: CallOptions) => Promise<unknown>): Promise<void>;
  /** Forgets what the service refused, because the form has changed. */
  forgive(): void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const keys = useRef(new Map<string, string>());
  const running = useRef(false);

  useEffect(() => {
    if (Object.keys(wrong).length > 0) focusFirstWrong();
  }, [wrong]);

  async function run(intent: unknown, act: (once: CallOptions) => Promise<unknown>) {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setWrong({});
    const name = JSON.stringify(intent);
    const key = keys.current.get(name) ?? randomId();
    keys.current.set(name, key);
    try {
      await act({ headers: { 'idempotency-key': key } });
      keys.current.delete(name);
    } catch (error) {
      if (isFinal(error)) keys.current.delete(name);
      const fields = wrongFields(error);
      if (Object.keys(fields).length > 0) setWrong(fields);
      sayProblem(error);
    } finally {
      running.current = false;
      setBusy(false);
    }
  }
  return { busy, wrong, run, forgive: () => setWrong((last) => (Object.keys(last).length > 0 ? {} : last)) };
}

/** Moves the focus to the first field that is marked as wrong, after it was drawn. */
export function focusFirstWrong(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** Whether the service decided, so that a repetition is a new attempt. Without an answer it may have acted. */
function isFinal(error: unknown): boolean {
  return error instanceof TiketiError && error.status >= 400 && error.status < 500;
}

function wrongFields(error: unknown): Record<string, string> {
  if (!(error instanceof TiketiError)) return {};
  const details = error.details.filter(({ path }) => path.startsWith('body/'));
  return Object.fromEntries(details.map(({ path, message }) => [path.slice('body/'.length), message]));
}
