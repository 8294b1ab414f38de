import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCluster, USER } from '../../src/embedded/postgres/cluster.ts';
import { findHome } from '../../src/embedded/postgres/home.ts';
import { freePort } from '../../src/embedded/process/supervised.ts';
import type { Backend } from '../faults/harness/backend.ts';
import { environmentOf } from '../faults/harness/postgres.ts';
import { type PostgresServer, postgresServer } from '../faults/harness/postgres-server.ts';

/** One PostgreSQL on a disk of its own, which can be filled. */
interface CrampedPostgres extends Backend {
  server: PostgresServer;
  /** Leaves no free block. */
  fillDisk(): void;
  freeDisk(): void;
}

const DISK_MB = 400;
/** Few files are kept for later, so that a full disk is felt soon. */
const SETTINGS = ['wal_keep_size=0', 'max_wal_size=64MB', 'min_wal_size=32MB', 'wal_recycle=off'];
const log = { info: () => undefined, warn: () => undefined, error: console.error };

export const lacksSmallDisk = () =>
  process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'the right to mount a file system';

export async function startCrampedPostgres(directory: string): Promise<CrampedPostgres> {
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=0755`, 'tmpfs', disk]);
  const unmount = () => execFileSync('umount', ['-l', disk]);
  try {
    const home = await findHome(disk, log);
    const cluster = join(home.directory, 'one');
    await prepareCluster(home, cluster, ['--no-sync']);
    const connection = {
      ...{ host: '127.0.0.1', port: await freePort(), user: USER, database: 'postgres' },
      password: readFileSync(join(cluster, 'password'), 'utf8'),
    };
    const server = postgresServer(home, cluster, connection, connection, SETTINGS);
    await server.start();
    const filler = join(disk, 'filler');
    return {
      server,
      environment: environmentOf(connection),
      fillDisk: () => fill(filler),
      freeDisk: () => rmSync(filler),
      async stop() {
        await server.stop();
        unmount();
      },
    };
  } catch (error) {
    unmount();
    throw error;
  }
}

/** Writes until the disk takes no more. */
function fill(file: string): void {
  const block = Buffer.alloc(4_096);
  const open = openSync(file, 'w');
  try {
    for (;;) writeSync(open, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(open);
  }
}
