import { execFileSync, spawnSync } from 'node:child_process';
import { SolvableError } from '../../errors/solvable.ts';
import type { EmbeddedLog } from '../log.ts';
import { copyPrograms, dataFolderFor } from './closed-folder.ts';
import { findPrograms, type Programs, type SystemUser, whyNotRunnable } from './programs.ts';

export interface Home {
  programs: Programs;
  directory: string;
  /** The user that runs PostgreSQL, if it isn't the user of this process. */
  user?: SystemUser;
}

/**
 * Finds the user that can run PostgreSQL, the programs and the folder. Under root that is another user, who may be
 * unable to enter the project. Programs and data then move to temporary folders.
 *
 * @throws with the reason when this machine can't run PostgreSQL
 */
export async function findHome(directory: string, log: EmbeddedLog): Promise<Home> {
  const programs = await findPrograms();
  const user = findUser();
  if (!user) {
    const problem = whyNotRunnable(programs.postgres);
    if (problem !== undefined) throw cannotRun(problem);
    return { programs, directory };
  }

  const home: Home = { programs: runnablePrograms(programs, user), directory, user };
  if (!canEnter(directory, user)) {
    home.directory = dataFolderFor(directory, (folder) => canEnter(folder, user));
    log.warn(
      `PostgreSQL runs as uid ${user.uid}, which can't enter ${directory}: its data is in ${home.directory} instead, ` +
        'as long as the system keeps temporary files',
    );
  }
  return home;
}

/** A copy elsewhere helps if the folder is closed to the user, or its disk is mounted without execution. */
function runnablePrograms(programs: Programs, user: SystemUser): Programs {
  if (whyNotRunnable(programs.postgres, user) === undefined) return programs;
  try {
    return copyPrograms(programs, user);
  } catch (error) {
    // If root can't run them either, that reason says more than a list of temporary folders.
    const problem = whyNotRunnable(programs.postgres);
    throw problem === undefined ? error : cannotRun(problem, error);
  }
}

function cannotRun(problem: string, cause?: unknown): SolvableError {
  return new SolvableError(
    `PostgreSQL can't run on this machine: ${problem}. Fix that, or set DB_HOST to a PostgreSQL of your own.`,
    { cause },
  );
}

/** PostgreSQL refuses to run as root, so root starts it as a user with fewer rights. */
function findUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // This machine has no such user.
    }
  }
  throw new SolvableError(
    "PostgreSQL doesn't run as root, and there is neither a user 'postgres' nor 'nobody' to run it as",
  );
}

function canEnter(directory: string, user: SystemUser): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'cd "$0"', directory], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  });
  return status === 0;
}
