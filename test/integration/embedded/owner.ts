/*
 * A process that owns the embedded servers of a folder, for tests that end it in ways no test runner survives.
 * It prints how to reach them. At Ctrl-C it answers one more query before it stops them, as the service does.
 */
import pg from 'pg';
import { type Embedded, startEmbedded } from '../../../src/embedded/index.ts';

const log = { info: console.error, warn: console.error, error: console.error };
const dataDirectory = process.argv[2] as string;

async function finish({ postgres, stop }: Embedded): Promise<void> {
  const client = new pg.Client(postgres);
  await client.connect();
  await client.query('SELECT pg_sleep(0.5)');
  await client.end();
  console.log('answered');
  await stop();
  process.exit(0);
}

const embedded = await startEmbedded({ dataDirectory, needPostgres: true, needRedis: true, log });
process.once('SIGINT', () => void finish(embedded));
console.log(JSON.stringify(embedded));
