import { chmodSync, existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import type { EmbeddedLog } from '../../src/embedded/log.ts';
import { type PostgresServer, startPostgres } from '../../src/embedded/postgres/postgres.ts';
import { type AvailableRedis, provideRedis } from './redis/provide-redis.ts';

/** The server that all test files share. Each file has a database of its own in it. */
export type TestPostgres = Pick<PostgresServer, 'host' | 'port' | 'user' | 'password'>;

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestPostgres;
    redis: AvailableRedis;
  }
}

export const TEMPLATE = 'tiketi_template';

/** Only problems, since other lines would clutter the test results. */
export const log: EmbeddedLog = { info: () => {}, warn: console.warn, error: console.error };

export const throwAway = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  // The two files of the dependencies have 150 at once, and two more workers as many.
  max_connections: 500,
};

/** Linux's memory as a folder: a clone of the template takes 8 ms of processor time there, and 50 to 110 on ext4. */
const MEMORY = '/dev/shm';
/** The data of a run takes 150 MB at most. A container has 64 MB there by default. */
const ROOM_BYTES = 2 ** 30;

/** @returns the folder of PostgreSQL's data */
function dataFolder(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM_BYTES ? MEMORY : tmpdir();
}

interface Servers {
  postgres: PostgresServer;
  redis: AvailableRedis;
}

/** Each project of a run loads this module anew, in the same process. */
const run = globalThis as { tiketiServers?: Promise<Servers>; tiketiProjects?: number };

/** Starts one PostgreSQL a run, with a migrated database for the test files to clone, and finds a Redis to start or to use. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  run.tiketiServers ??= startServers();
  run.tiketiProjects = (run.tiketiProjects ?? 0) + 1;
  const { postgres, redis } = await run.tiketiServers;
  const { host, port, user, password } = postgres;
  project.provide('postgres', { host, port, user, password });
  project.provide('redis', redis);
  return async () => {
    run.tiketiProjects = (run.tiketiProjects ?? 1) - 1;
    if (run.tiketiProjects > 0) return;
    delete run.tiketiServers;
    await postgres.stop();
  };
}

async function startServers(): Promise<Servers> {
  const redis = provideRedis();
  const directory = mkdtempSync(join(dataFolder(), 'tiketi-test-postgres-'));
  // PostgreSQL may run as another user.
  chmodSync(directory, 0o755);
  const postgres = await startPostgres({ directory, settings: throwAway, temporary: true, log });
  try {
    await makeTemplate(postgres);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return { postgres, redis };
}

async function makeTemplate({ host, port, user, password }: TestPostgres): Promise<void> {
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  // A run opens 4,000 connections. With 4,096 rounds for the password, each takes this process and PostgreSQL 1 ms more.
  await client.query('SET scram_iterations = 1');
  await client.query(`ALTER ROLE ${user} PASSWORD '${password}'`);
  await client.end();

  // Loaded here, so that the runner names a mistake in a migration.
  const { createDatabase } = await import('../../src/database/database.ts');
  const { migrateToLatest } = await import('../../src/database/migrate.ts');
  const settings = { host, port, user, password, database: TEMPLATE, ssl: 'off', poolSize: 2 } as const;
  const db = createDatabase(settings, () => {});
  try {
    await migrateToLatest(db);
  } finally {
    await db.destroy();
  }
}
