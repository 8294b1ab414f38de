import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { nativeFolder, type Programs, type SystemUser, whyNotRunnable } from './programs.ts';

/*
 * Temporary folders in place of the project's, for a project that PostgreSQL's user can't enter (a clone in /root, or
 * in a folder that `mktemp -d` made). Their names follow from the path, so that the next start finds the same ones.
 */

/** Copies the programs to where the user can run them. */
export function copyPrograms(programs: Programs, user: SystemUser): Programs {
  const native = nativeFolder(programs);
  return inTemporaryFolder(nameFor('postgres-programs', programs.postgres), (folder) => {
    const copy = copyWhole(native, folder);
    const at = (program: string) => join(copy, program.slice(native.length));
    const copies = {
      initdb: at(programs.initdb),
      postgres: at(programs.postgres),
      pg_ctl: at(programs.pg_ctl),
    };
    const problem = whyNotRunnable(copies.postgres, user);
    if (problem !== undefined) throw new Error(problem);
    return copies;
  });
}

/** @returns a folder for the data that belongs to `directory` */
export function dataFolderFor(directory: string, canEnter: (folder: string) => boolean): string {
  return inTemporaryFolder(nameFor('postgres-data', directory + markOf(directory)), (folder) => {
    if (!canEnter(folder)) throw new Error("closed to PostgreSQL's user");
    return folder;
  });
}

/** Tries the usual places in turn. */
function inTemporaryFolder<T>(name: string, use: (folder: string) => T): T {
  const problems: string[] = [];
  for (const base of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    const folder = join(base, name);
    try {
      openFolder(folder);
      return use(folder);
    } catch (error) {
      problems.push(`${base}: ${(error as Error).message}`);
    }
  }
  throw new Error(`No folder works for PostgreSQL's user:\n${problems.join('\n')}`);
}

/** Another user may have made a folder of this name first, since everyone may write to a temporary folder. */
function openFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0)
    throw new Error(`${folder} isn't a folder that only root can write to`);
  chmodSync(folder, 0o755);
}

function nameFor(kind: string, path: string): string {
  return `tiketi-${kind}-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;
}

/** Ties data elsewhere to the folder: with the folder's removal the data starts anew, as if it were inside. */
function markOf(directory: string): string {
  const file = join(directory, 'data-elsewhere');
  if (!existsSync(file)) writeFileSync(file, randomUUID());
  return readFileSync(file, 'utf8');
}

/** Copies aside and renames, so that a copy cut off by `kill -9` is never taken for a whole one. */
function copyWhole(source: string, folder: string): string {
  const copy = join(folder, basename(source));
  if (hasSameFiles(source, copy)) return copy;
  const fresh = `${copy}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  cpSync(source, fresh, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'go+rX', fresh]);
  rmSync(copy, { recursive: true, force: true });
  try {
    renameSync(fresh, copy);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Two starts at once both copy. One copy is enough.
    if (!hasSameFiles(source, copy)) throw error;
  }
  return copy;
}

function hasSameFiles(source: string, copy: string): boolean {
  if (!existsSync(copy)) return false;
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).every((name) => {
    const there = statSync(join(copy, name), { throwIfNoEntry: false });
    const here = statSync(join(source, name));
    return there !== undefined && (here.isDirectory() || here.size === there.size);
  });
}
