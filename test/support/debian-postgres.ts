import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';
import type { TestPostgres } from './global-setup.ts';
import { eventually } from './wait.ts';

const ROOT = '/usr/lib/postgresql';
/** PostgreSQL refuses to run as root. */
const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};

function idOf(flag: string): number {
  try {
    return Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return 0;
  }
}

/** PostgreSQL as Debian packages it, with pg_dump, pg_restore and pg_basebackup. The embedded one has none of them. */
export const debianPostgres = findPrograms();

function findPrograms(): string | undefined {
  const versions = existsSync(ROOT) ? readdirSync(ROOT).sort((a, b) => Number(b) - Number(a)) : [];
  const folder = versions
    .map((version) => join(ROOT, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  if (!folder || user.uid === 0)
    console.warn(
      'The tests of backup and restore are skipped: install postgresql and postgresql-contrib to run them',
    );
  return user.uid === 0 ? undefined : folder;
}

/** Clusters below one folder, which belongs to the user that PostgreSQL runs as. */
export class DebianPostgres {
  readonly directory = mkdtempSync(join(tmpdir(), 'tiketi-backup-'));
  server: TestPostgres | undefined;
  #stop: (() => Promise<void>) | undefined;

  constructor() {
    if (user.uid !== undefined) chownSync(this.directory, user.uid, user.gid as number);
  }

  /** Runs commands in the folder, with the variables that lead to the server. */
  run(commands: string, variables: Record<string, string> = {}): void {
    const server = this.server;
    execFileSync('sh', ['-euc', commands], {
      ...user,
      cwd: this.directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: `${debianPostgres}:${process.env.PATH}`,
        ...(server && { PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user }),
        ...variables,
      },
    });
  }

  /** @param settings lines for postgresql.conf */
  initialize(data: string, settings: string): void {
    this.run(
      `initdb --pgdata=${data} --username=tiketi_user --auth=trust --no-sync --encoding=UTF8 --locale=C`,
    );
    appendFileSync(join(this.directory, data, 'postgresql.conf'), settings);
  }

  /** Starts the cluster, and waits until it takes writes. */
  async start(data: string): Promise<void> {
    const port = await freePort();
    this.server = { host: '127.0.0.1', port, user: 'tiketi_user', password: 'any' };
    const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
    const child = spawn(
      join(debianPostgres as string, 'postgres'),
      ['-D', join(this.directory, data), ...settings.flatMap((setting) => ['-c', setting])],
      { ...user, cwd: this.directory, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let log = '';
    child.stderr.on('data', (text) => {
      log += text;
    });
    const ended = once(child, 'exit');
    this.#stop = async () => {
      child.kill('SIGINT');
      await ended;
    };
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(log);
        expectWritable(await this.query('SELECT pg_is_in_recovery() AS recovers'));
      },
      { timeout: 20_000 },
    );
  }

  async query(statement: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ ...this.server, database });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function expectWritable([row]: Record<string, unknown>[]): void {
  if (row?.recovers !== false) throw new Error('it still recovers');
}
