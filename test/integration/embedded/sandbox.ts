import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { test as base, expect } from 'vitest';
import { type Embedded, type PostgresConnection, startEmbedded } from '../../../src/embedded/index.ts';
import type { EmbeddedLog } from '../../../src/embedded/log.ts';
import {
  describeProcess,
  isRunning,
  type ProcessRecord,
  readProcessRecord,
} from '../../../src/embedded/process/process-identity.ts';
import { findRedis } from '../../../src/embedded/redis/redis.ts';
import { eventually } from '../../support/wait.ts';

export const project = join(import.meta.dirname, '../../..');
export const OWNER = 'test/integration/embedded/owner.ts';
export const isRoot = process.getuid?.() === 0;
/** A machine whose Redis is that of REDIS_HOST may have no program. */
export const hasRedis = findRedis() !== undefined;

export type Connections = Pick<Embedded, 'postgres' | 'redis'>;

/** A process that owns embedded servers, in a process group of its own, as a terminal starts it. */
export interface Owner {
  process: ChildProcess;
  embedded: Connections;
  /** Lines that it prints after the first. */
  printed: string[];
  /** The servers and their supervisors. */
  children: ProcessRecord[];
}

/** A temporary folder for embedded servers. The test's end stops them and removes the folder. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'tiketi-embedded-'));
  dataDirectory = join(this.root, 'data');
  /** What the servers' owners logged. */
  readonly lines: string[] = [];
  readonly #cleanup: (() => unknown)[] = [];
  readonly #log: EmbeddedLog = {
    info: (line) => this.lines.push(line),
    warn: (line) => this.lines.push(line),
    error: (line) => this.lines.push(line),
  };

  constructor() {
    // PostgreSQL may run as another user, who must be able to enter.
    chmodSync(this.root, 0o755);
  }

  /** Runs before the folder is removed. */
  atEnd(action: () => unknown): void {
    this.#cleanup.push(action);
  }

  /** Starts the servers in this process. */
  async start(options: { needPostgres?: boolean } = {}): Promise<Embedded> {
    const { needPostgres = true } = options;
    const { dataDirectory } = this;
    const embedded = await startEmbedded({ dataDirectory, needPostgres, needRedis: true, log: this.#log });
    this.atEnd(embedded.stop);
    return embedded;
  }

  /** Starts the servers in a process that can be killed. */
  async startOwner(at = project, environment: NodeJS.ProcessEnv = {}): Promise<Owner> {
    const owner = spawn(process.execPath, [join(at, OWNER), this.dataDirectory], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.atEnd(() => owner.kill('SIGKILL'));
    createInterface({ input: owner.stderr }).on('line', this.#log.info);
    const output = createInterface({ input: owner.stdout });
    const [first] = await Promise.race([
      once(output, 'line'),
      once(owner, 'close').then(() => Promise.reject(new Error(this.lines.join('\n')))),
    ]);
    const printed: string[] = [];
    output.on('line', (line) => printed.push(line));
    const children = this.servers().flatMap((server) => [server, supervisorOf(server)]);
    this.atEnd(() => {
      owner.kill('SIGKILL');
      return eventually(() => expect(children.filter(isRunning)).toEqual([]), { timeout: 10_000 });
    });
    return { process: owner, embedded: JSON.parse(first), printed, children };
  }

  /** The servers that last ran on the folder. */
  servers(): ProcessRecord[] {
    const files = ['postgres/postgres-process.json', 'redis/redis-process.json'];
    return files.flatMap((file) => readProcessRecord(join(this.dataDirectory, file)) ?? []);
  }

  async remove(): Promise<void> {
    for (const end of this.#cleanup.reverse()) await end();
    // A process that was killed a moment ago may still be writing.
    await eventually(() => {
      rmSync(this.root, { recursive: true, force: true });
      expect(existsSync(this.root)).toBe(false);
    });
  }
}

export const test = base.extend<{ sandbox: Sandbox }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures that a fixture uses from this pattern.
  sandbox: async ({}, use) => {
    const sandbox = new Sandbox();
    await use(sandbox);
    await sandbox.remove();
  },
});

function supervisorOf({ pid }: ProcessRecord): ProcessRecord {
  const parent =
    process.platform === 'linux'
      ? /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' });
  return describeProcess(Number(parent));
}

export async function query(connection: PostgresConnection | undefined, text: string): Promise<unknown[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
