import type { DatabaseSettings } from '../../../src/config/servers.ts';
import { awaitDatabase } from '../../../src/database/await-database.ts';
import { problemOf } from '../../../src/database/problem.ts';
import { SolvableError } from '../../../src/errors/solvable.ts';
import type { Service } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

interface Start {
  /** `starts`, `waits` or `ends`; else the error, which would be a stack in the log. */
  seen: Promise<string>;
  /** Resolves when the instance listens or has ended. */
  over: Promise<unknown>;
}

/** Starts another instance as `server.ts` does, in this process. test/e2e/start.test.ts shows the same of a process. */
export function startAnother(service: Service, database: DatabaseSettings): Start {
  const lines: string[] = [];
  const log = { info: () => undefined, warn: (line: string) => void lines.push(line) };
  const started = awaitDatabase(database, true, log)
    .then(() => service.startAnother())
    .then(
      () => 'starts',
      (error: Error) =>
        error instanceof SolvableError || problemOf(error, database) ? 'ends' : `${error.stack}`,
    );
  const waits = eventually(
    () => {
      if (!lines.some((line) => /^.*; the start waits for it$/.test(line)))
        throw new Error('it does not wait');
      return 'waits';
    },
    { timeout: 30_000 },
  );
  waits.catch(() => undefined);
  return { seen: Promise.race([started, waits]), over: started };
}
