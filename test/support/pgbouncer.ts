import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseSettings } from '../../src/config/servers.ts';
import { freePort } from './free-port.ts';
import { installPackage } from './install-package.ts';
import { eventually } from './wait.ts';

export interface PgBouncer {
  port: number;
  /** Ends it at once, with all its connections. */
  end(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Changes a setting without a restart. */
  reload(changed: Record<string, string | number>): Promise<void>;
  stop(): Promise<void>;
}

function findPgBouncer(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'pgbouncer')).find((file) => existsSync(file));
}

/** The program, installed if it can be. `undefined`, with a line that says so, where it can't. */
export function providePgBouncer(): string | undefined {
  if (!findPgBouncer()) installPackage('pgbouncer', 'The tests of a pooler need PgBouncer');
  const program = findPgBouncer();
  if (!program) console.warn('skipped: pgbouncer is not installed');
  return program;
}

/** @param settings of PgBouncer, which replace those below */
export async function startPgBouncer(
  program: string,
  { host, port: postgresPort, user, password, database }: DatabaseSettings,
  settings: Record<string, string | number>,
): Promise<PgBouncer> {
  const directory = await mkdtemp(join(tmpdir(), 'tiketi-pgbouncer-'));
  const port = await freePort();
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: join(directory, 'users.txt'),
    max_client_conn: 1_000,
    server_login_retry: 0.2,
    ...settings,
  };
  const configuration = join(directory, 'pgbouncer.ini');
  await writeFile(all.auth_file, `"${user}" "${password}"\n`);
  const configure = async (changed: Record<string, string | number>) => {
    const lines = Object.entries({ ...all, ...changed }).map(([name, value]) => `${name} = ${value}`);
    await writeFile(
      configuration,
      `[databases]\n* = host=${host} port=${postgresPort}\n[pgbouncer]\n${lines.join('\n')}\n`,
    );
  };
  await configure({});
  // It refuses to run as root, and another user must be able to read its files.
  await chmod(directory, 0o755);
  const isRoot = process.getuid?.() === 0;
  let child: ChildProcess | undefined;

  const answers = async () => {
    if (child?.exitCode !== null) throw new Error('PgBouncer ended');
    const client = new pg.Client({ host: '127.0.0.1', port, user, password, database });
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  };
  const start = async () => {
    const args = [...(isRoot ? ['-u', 'nobody'] : []), '-q', configuration];
    child = spawn(program, args, { stdio: 'ignore' });
    await eventually(answers);
  };
  const end = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    // Immediate.
    child.kill('SIGTERM');
    await ended;
  };
  await start();
  return {
    port,
    start,
    end,
    async reload(changed) {
      await configure(changed);
      child?.kill('SIGHUP');
    },
    async stop() {
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
