import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { serverEnvironment } from '../process/supervised.ts';
import type { Home } from './home.ts';

/** The superuser of the cluster. */
export const USER = 'tiketi';

const run = promisify(execFile);

/** Creates the cluster if it is missing (files in `data`, password in `password`) and gives it to PostgreSQL's user. */
export async function prepareCluster(home: Home, cluster: string, initdbOptions: string[]): Promise<void> {
  await removeUnfinished(home.directory);
  if (!existsSync(cluster)) await createCluster(home, cluster, initdbOptions);
  takeOwnership(cluster, home);
}

/**
 * Creates the cluster aside and renames it, so that one cut off by `kill -9` never counts. The password is part of the
 * cluster: created, kept and removed with it.
 */
async function createCluster(home: Home, cluster: string, options: string[]): Promise<void> {
  const fresh = join(home.directory, `cluster.new-${process.pid}`);
  const passwordFile = join(fresh, 'password');
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (home.user) for (const path of [fresh, passwordFile]) chownSync(path, home.user.uid, home.user.gid);

  const where = ['-D', join(fresh, 'data'), '-U', USER, '--pwfile', passwordFile, '--auth=scram-sha-256'];
  const how = [
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...options,
  ];
  const problems: string[] = [];
  // pg_trgm asks the C library what a letter is, not PostgreSQL's own locale. Under LC_CTYPE=C, no Korean character is one.
  for (const characters of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    try {
      await run(home.programs.initdb, [...where, ...how, `--lc-ctype=${characters}`], {
        cwd: home.directory,
        env: serverEnvironment(),
        ...home.user,
      });
      renameSync(fresh, cluster);
      return;
    } catch (error) {
      const { message, stderr = message } = error as Error & { stderr?: string };
      problems.push(stderr.trim());
      if (!/locale/i.test(stderr)) break;
    }
  }
  rmSync(fresh, { recursive: true, force: true });
  throw new Error(`PostgreSQL's data folder couldn't be made:\n${problems.join('\n')}`);
}

/** An initdb whose owner was killed may still be writing, and `rmSync` silently gives up on a folder that changes meanwhile. */
async function removeUnfinished(directory: string): Promise<void> {
  const unfinished = () => readdirSync(directory).filter((name) => name.startsWith('cluster.new-'));
  for (let attempt = 0; attempt < 100; attempt++) {
    const names = unfinished();
    if (names.length === 0) return;
    for (const name of names) rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 3 });
    if (unfinished().length > 0) await sleep(50);
  }
}

/** The data belongs to one user after a start as root, and to another after a start without it. */
function takeOwnership(cluster: string, home: Home): void {
  const owner = statSync(cluster).uid;
  const wanted = home.user?.uid ?? process.getuid?.();
  if (wanted === undefined || owner === wanted) return;
  if (!home.user)
    throw new Error(
      `${cluster} belongs to uid ${owner}, from a start as root: start as root again, or remove it`,
    );
  execFileSync('chown', ['-R', `${home.user.uid}:${home.user.gid}`, cluster]);
}
