import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SolvableError } from '../../errors/solvable.ts';
import { describeProcess, type ProcessRecord, readProcessRecord, waitForEnd } from './process-identity.ts';

/** Another process works on the folder. */
export class FolderInUseError extends SolvableError {
  readonly pid: number;
  constructor(directory: string, pid: number) {
    super(
      `The folder ${directory} is in use by process ${pid}: another server runs on it. ` +
        'Stop that one, or give this one a folder of its own (DATA_DIR).',
    );
    this.name = 'FolderInUseError';
    this.pid = pid;
  }
}

const same = (a: ProcessRecord | undefined, b: ProcessRecord) =>
  a?.pid === b.pid && a.startedAt === b.startedAt;

/**
 * Makes this process the only owner of the folder. A lock whose owner has ended (`kill -9`, a power cut) doesn't count.
 * An owner killed a moment ago may still be ending, so the answer may take a second.
 *
 * @returns releases the folder
 * @throws FolderInUseError
 */
export async function lockFolder(directory: string): Promise<() => void> {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'owner.json');
  const mine = `${file}.${process.pid}`;
  const stale = `${mine}.stale`;
  const me = describeProcess(process.pid);
  // Written first and then linked, so that no process ever reads half a lock.
  writeFileSync(mine, JSON.stringify(me));
  try {
    for (;;) {
      try {
        linkSync(mine, file);
        return () => {
          if (same(readProcessRecord(file), me)) rmSync(file, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readProcessRecord(file);
      if (owner && !(await waitForEnd(owner, 1_000))) throw new FolderInUseError(directory, owner.pid);
      removeStale(file, stale, owner);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** When two processes remove a stale lock at once, the later one may catch the other's new lock. It puts that back. */
function removeStale(file: string, aside: string, expected: ProcessRecord | undefined): void {
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = readProcessRecord(aside);
  if (taken && (!expected || !same(taken, expected))) renameSync(aside, file);
  else rmSync(aside, { force: true });
}
