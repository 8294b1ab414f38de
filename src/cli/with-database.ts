import { randomBytes } from 'node:crypto';
import { loadConfig, readEnvironment } from '../config/config.ts';
import type { DatabaseSettings } from '../config/servers.ts';
import { connectionOptions, createPatientDatabase, type Db } from '../database/database.ts';
import { poolerAt } from '../database/pooler.ts';
import { settingsOfPrimary } from '../database/primary.ts';
import { addressOf, problemOf } from '../database/problem.ts';
import { settingsOf } from '../embedded/backends.ts';
import { SolvableError } from '../errors/solvable.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Runs a command's work on the configured database, or on the embedded one if none is configured. Prints the result to
 * the standard output and everything else to the standard error.
 *
 * @param needsSession the work keeps something in the session between its transactions
 */
export async function withDatabase(
  work: (db: Db) => Promise<string>,
  { needsSession = false } = {},
): Promise<void> {
  try {
    const { settings, stop } = await findDatabase();
    try {
      if (needsSession) await expectSession(settings);
      process.stdout.write(`${await workOn(settings, work)}\n`);
    } finally {
      await stop();
    }
  } catch (error) {
    say(explain(error));
    process.exitCode = 1;
  }
}

async function findDatabase(): Promise<{ settings: DatabaseSettings; stop: () => Promise<void> }> {
  // A migration job in production needs no JWT_SECRET: these commands sign and check no token.
  const config = loadConfig({ ...readEnvironment(), JWT_SECRET: randomBytes(32).toString('hex') });
  if (config.database)
    return { settings: await settingsOfPrimary(config.database), stop: async () => undefined };

  const { startEmbedded } = await import('../embedded/index.ts');
  const embedded = await startEmbedded({
    dataDirectory: config.dataDirectory,
    needPostgres: true,
    needRedis: false,
    log: { info: say, warn: say, error: say },
  });
  if (!embedded.postgres) throw new Error('the embedded PostgreSQL is missing');
  return { settings: settingsOf(embedded.postgres, config), stop: embedded.stop };
}

async function expectSession(settings: DatabaseSettings): Promise<void> {
  // Where PostgreSQL can't be reached, the work says so itself.
  const pooler = await poolerAt(connectionOptions(settings)).catch(() => undefined);
  if (pooler)
    throw new SolvableError(
      `${addressOf(settings)} is a pooler in transaction mode, and this command needs one session: ` +
        'give it the address of PostgreSQL itself, by DATABASE_URL or DB_HOST and DB_PORT',
    );
}

async function workOn(settings: DatabaseSettings, work: (db: Db) => Promise<string>): Promise<string> {
  const db = createPatientDatabase(settings, () => undefined);
  try {
    return await work(db);
  } catch (error) {
    throw error instanceof SolvableError ? error : (problemOf(error, settings) ?? error);
  } finally {
    await db.destroy();
  }
}

/** One line for a problem that the person at the terminal can solve, the stack for any other. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof SolvableError ? error.message : (error.stack ?? error.message);
}
