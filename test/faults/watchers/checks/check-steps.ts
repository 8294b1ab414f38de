import type { Violation } from '../../harness/findings.ts';
import type { Step, WatcherHistory, WatcherRecord } from '../history.ts';

/** No version goes back, and no step is missing between two versions that a watcher shows. */
export function checkSteps({ watchers }: WatcherHistory): Violation[] {
  return watchers.flatMap((watcher, number) =>
    // A reference client is told of single seats, without a version of the event.
    watcher.kind === 'reference' ? checkReads(watcher, number) : checkFollower(watcher, number),
  );
}

function checkFollower({ kind, steps }: WatcherRecord, number: number): Violation[] {
  const violations: Violation[] = [];
  const complain = (rule: string, detail: string) =>
    violations.push({ rule, detail: `${kind} watcher ${number}: ${detail}` });
  /** What it shows; before the first map nothing. */
  let shown = -1;
  /** The latest version that this connection has named. */
  let named = -1;
  /** Whether it still misses something. */
  let misses = false;

  const handlers: { [Did in Step['did']]: (step: Extract<Step, { did: Did }>) => void } = {
    connect() {
      named = -1;
    },
    hear(step) {
      told(step);
      if (shown < 0) complain('a watcher starts with a map', `heard ${step.version}`);
      else if (step.from > shown)
        complain('no step is missing', `applied changes from ${step.from} while it showed ${shown}`);
      shown = Math.max(shown, step.version);
    },
    miss(step) {
      told(step);
      misses = true;
    },
    'catch-up'({ from, version }) {
      if (from > shown) complain('no step is missing', `caught up from ${from} while it showed ${shown}`);
      became(version);
    },
    read({ version, why }) {
      if ((why === 'first') !== shown < 0)
        complain('a restart has a reason', `${why}: read ${version} while it showed ${shown}`);
      became(version);
    },
  };

  function told({ from, version }: { from: number; version: number }): void {
    if (version < from) complain('a step leads forward', `from ${from} to ${version}`);
    if (version < named) complain('no version goes back', `heard ${version} after ${named}`);
    named = version;
  }

  function became(version: number): void {
    if (version < shown) complain('no version goes back', `got ${version} while it showed ${shown}`);
    shown = version;
    misses = false;
  }

  for (const step of steps) handlers[step.did](step as never);
  if (misses) complain('no step is missing', 'it never got what it missed');
  return violations;
}

function checkReads({ kind, steps }: WatcherRecord, number: number): Violation[] {
  const violations: Violation[] = [];
  let shown = -1;
  for (const step of steps) {
    if (step.did !== 'read') continue;
    if (step.version < shown)
      violations.push({
        rule: 'no version goes back',
        detail: `${kind} watcher ${number}: read ${step.version} after ${shown}`,
      });
    shown = Math.max(shown, step.version);
  }
  return violations;
}
