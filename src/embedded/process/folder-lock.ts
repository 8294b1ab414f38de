import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeProcess, type ProcessRecord, readProcessRecord, waitForEnd } from './process-identity.ts';

/** Somebody else works in the folder. */
export class FolderInUseError extends Error {
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
 * Makes this process the only owner of the folder. A lock whose owner is gone (`kill -9`, a power cut) doesn't count;
 * one that was killed a moment ago is still going, so the answer may take a second.
 *
 * @returns gives the folder back
 * @throws FolderInUseError
 */
export async function lockFolder(directory: string): Promise<() => void> {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'owner.json');
  const mine = `${file}.${process.pid}`;
  const stale = `${mine}.stale`;
  const me = describeProcess(process.pid);
  // Written whole and then linked: nobody can ever read half a lock.
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
      takeAway(file, stale, owner);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Of two that take a stale lock away at once, the later one may hold the other's new lock in hand: it puts it back. */
function takeAway(file: string, aside: string, expected: ProcessRecord | undefined): void {
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
