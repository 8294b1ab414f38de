import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { type Config, ConfigError, loadConfig } from './config/config.ts';
import { developmentSecret } from './config/development-secret.ts';
import { createLogger } from './config/logger.ts';
import { awaitDatabase } from './database/await-database.ts';
import { problemOf } from './database/problem.ts';
import { type AvailableBackends, findBackends } from './embedded/backends.ts';
import { SolvableError } from './errors/solvable.ts';
import { stop } from './stop.ts';

const config = readConfig();
const log = createLogger(config);

let stopping = false;
const hurry = new AbortController();
let backends: AvailableBackends | undefined;
let app: FastifyInstance | undefined;

// From the start on: without a handler, a process with the id 1, as in a container, ignores both.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
await start().catch(fail);

async function start(): Promise<void> {
  backends = await findBackends(config, log);
  const { database } = backends;
  await awaitDatabase(database, config.migrateOnStart, log);
  app = await buildApp(config, backends, log).catch((error) => {
    // PostgreSQL may also go away after the wait for it.
    throw problemOf(error, database) ?? error;
  });
  if (stopping) return;
  await app.listen({ port: config.port, host: config.host }).catch(refuseToListen);
  if (backends.banner) process.stdout.write(backends.banner(app.listeningOrigin));
}

/** The first signal stops the service in order. A second one, of either kind, cuts that short. */
function end(signal: NodeJS.Signals): void {
  log.info({ signal }, stopping ? 'stopping at once' : 'stopping');
  if (stopping) {
    hurry.abort();
    return;
  }
  stopping = true;
  const delayMs = config.shutdownDelaySeconds * 1_000;
  void stop({ app, backends, delayMs, hurry: hurry.signal, log }).then((code) => process.exit(code));
}

function readConfig(): Config & { jwtSecret: string } {
  try {
    const config = loadConfig();
    return { ...config, jwtSecret: config.jwtSecret ?? developmentSecret(config.dataDirectory) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Logs why the start failed, stops what was started so far and ends the process. */
async function fail(error: Error): Promise<void> {
  // What was started fails as well when it is stopped in the middle of the start.
  if (stopping) return;
  stopping = true;
  if (error instanceof SolvableError) log.fatal(`the service did not start: ${error.message}`);
  else log.fatal({ err: error }, 'the service did not start');
  await stop({ app, backends, delayMs: 0, hurry: hurry.signal, log });
  process.exit(1);
}

/** Puts the usual mistakes with PORT and HOST into words. */
function refuseToListen(error: NodeJS.ErrnoException): never {
  const { port, host } = config;
  const problems: Record<string, string> = {
    EADDRINUSE: `port ${port} of ${host} is in use by another program. Stop that one, or set PORT to another port`,
    EACCES: `port ${port} needs privileges that this process lacks. Set PORT to 1024 or higher`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Set HOST to one, or to 0.0.0.0 for all of them`,
    ENOTFOUND: `${host} is no address. Set HOST to one of this machine, or to 0.0.0.0 for all of them`,
    EAI_AGAIN: `${host} can't be looked up now. Set HOST to an address of this machine, or to 0.0.0.0 for all of them`,
  };
  const problem = problems[error.code ?? ''];
  throw problem === undefined ? error : new SolvableError(problem);
}
