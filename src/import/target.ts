import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { migrateToLatest, schemaState } from '../database/migrate.ts';
import { LOCK_NOT_AVAILABLE } from '../errors/postgres-failures.ts';
import { SolvableError } from '../errors/solvable.ts';

/** Of the import alone, so that two don't write at once. */
const LOCK = '7116904381250011';

/**
 * Checks that the database can take the data over: it is empty, or holds an earlier import.
 *
 * @returns the zone's name as PostgreSQL spells it
 * @throws SolvableError with one line
 */
export async function prepareTarget(db: Db, timezone: string, dryRun: boolean): Promise<string> {
  if (!dryRun) await migrateToLatest(db);
  else if ((await schemaState(db)).pending.length > 0)
    throw new SolvableError('Run npm run migrate first: a dry run changes nothing, the schema neither');
  await lock(db);
  const zone = await knownZone(db, timezone);
  const earlier = await db
    .selectFrom('imports')
    .select('timezone')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (earlier && earlier.timezone !== zone)
    throw new SolvableError(
      `The import before read the times in ${earlier.timezone}, and this one would in ${zone}. Repeat it with --timezone ${earlier.timezone}`,
    );
  if (!earlier) await expectEmpty(db);
  return zone;
}

/** Contracts know zones by the names that JavaScript knows as well. */
async function knownZone(db: Db, timezone: string): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM pg_timezone_names WHERE lower(name) = lower(${timezone})`.execute(db);
  const zone = rows[0]?.name;
  if (zone && /^(UTC|[A-Za-z_]+\/[\w+/-]+)$/.test(zone) && isZone(zone)) return zone;
  throw new SolvableError(
    `--timezone is ${JSON.stringify(timezone)}: expected a name of the IANA time zone database, such as Asia/Seoul or UTC`,
  );
}

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** The session of an import that was killed ends a little later than its process. */
async function lock(db: Db): Promise<void> {
  try {
    await sql`SET lock_timeout = '10s'`.execute(db);
    await sql`SELECT pg_advisory_lock(${LOCK})`.execute(db);
    await sql`SET lock_timeout = 0`.execute(db);
  } catch (error) {
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new SolvableError('Another import into this database is running');
  }
}

export async function releaseTarget(db: Db): Promise<void> {
  await sql`SELECT pg_advisory_unlock(${LOCK})`.execute(db);
}

async function expectEmpty(db: Db): Promise<void> {
  const { rows } = await sql<{ what: string }>`
    SELECT concat_ws(', ', (SELECT nullif(count(*), 0) || ' events' FROM events),
      (SELECT nullif(count(*), 0) || ' halls' FROM seat_layouts)) AS what`.execute(db);
  if (rows[0]?.what)
    throw new SolvableError(
      `The database has ${rows[0].what} that no import has brought. Set DB_NAME to an empty database, or DATA_DIR to a new folder`,
    );
}
