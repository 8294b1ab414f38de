import pg from 'pg';

/** A pooler, such as PgBouncer, that lends a session of PostgreSQL for one transaction at a time. */
export interface TransactionPooler {
  /** It prepares the named statements of its clients in each session. PgBouncer does so from 1.21 on, with `max_prepared_statements`. */
  preparesStatements: boolean;
}

/** Other clients may get the session in between, so that one try doesn't tell. */
const TRIES = 5;
const PATIENCE_MS = 3_000;
const PROBE = 'tiketi_pooler_probe';

/** PostgreSQL tells the id of its process at the login. A pooler tells a number of its own. */
export async function isPooled(client: pg.ClientBase): Promise<boolean> {
  const { processID } = client as unknown as { processID: number };
  return (await backendOf(client)) !== processID;
}

/**
 * Finds out whether two transactions of a connection may run in different sessions. A pooler that can't be asked counts as one in
 * transaction mode without prepared statements, because what is done then is right in each mode.
 *
 * @param options of another connection to the same server
 * @returns `undefined` for PostgreSQL itself, and for a pooler that lends a session for as long as a connection lasts
 */
export async function findTransactionPooler(
  client: pg.ClientBase,
  options: pg.ClientConfig,
): Promise<TransactionPooler | undefined> {
  if (!(await isPooled(client))) return undefined;
  const other = new pg.Client({
    ...options,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  other.on('error', () => undefined);
  try {
    await other.connect();
    if (!(await shareSession(client, other))) return undefined;
    return { preparesStatements: await preparesStatements(other) };
  } catch {
    return { preparesStatements: false };
  } finally {
    void other.end().catch(() => undefined);
  }
}

/** The same on a connection of its own. */
export async function poolerAt(options: pg.ClientConfig): Promise<TransactionPooler | undefined> {
  const client = new pg.Client({ ...options, connectionTimeoutMillis: PATIENCE_MS });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await findTransactionPooler(client, options);
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** A pooler lends the session that was used last, or all of its sessions in turn, even if there are two. */
async function shareSession(one: pg.ClientBase, other: pg.ClientBase): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    const first = await backendOf(one);
    if ((await backendOf(one)) !== first || (await backendOf(other)) === first) return true;
  }
  return false;
}

/** A pooler that prepares statements gives them names of its own, because two clients may use one name for two statements. */
async function preparesStatements(client: pg.ClientBase): Promise<boolean> {
  await client.query('BEGIN');
  const { rows } = await client.query<{ name: string }>({
    name: PROBE,
    text: `SELECT name FROM pg_prepared_statements WHERE statement LIKE '%${PROBE}%'`,
  });
  const keepsName = rows.some(({ name }) => name === PROBE);
  // The session goes to other clients.
  if (keepsName) await client.query(`DEALLOCATE ${PROBE}`);
  await client.query('COMMIT');
  return !keepsName;
}

async function backendOf(client: pg.ClientBase): Promise<number> {
  const query = { text: 'SELECT pg_backend_pid() AS pid', query_timeout: PATIENCE_MS };
  const { rows } = await client.query<{ pid: number }>(query);
  return rows[0]?.pid as number;
}
