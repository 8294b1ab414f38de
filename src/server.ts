import { fileURLToPath } from 'node:url';
import { thisWorker } from './cluster/worker.ts';
import { WorkerFailed } from './cluster/worker-failed.ts';
import type { Workers } from './cluster/workers.ts';
import { type Config, ConfigError, loadConfig } from './config/config.ts';
import { developmentSecret } from './config/development-secret.ts';
import { createLogger } from './config/logger.ts';
import { awaitDatabase } from './database/await-database.ts';
import { problemOf } from './database/problem.ts';
import { type AvailableBackends, findBackends } from './embedded/backends.ts';
import { SolvableError } from './errors/solvable.ts';
import { refuseToListen } from './refuse-to-listen.ts';
import { type Stoppable, stop } from './stop.ts';
import { startTracing } from './tracing/tracing.ts';

/*
 * The process around the service. With `WORKERS` above 1 it is the primary: it has the embedded servers and starts workers, which run
 * this file again, each as one instance.
 */
const config = readConfig();
const worker = thisWorker();
const isPrimary = config.workers > 1 && !worker;
const log = createLogger(config, worker?.id);

let stopping = false;
const hurry = new AbortController();
let backends: AvailableBackends | undefined;
let service: Stoppable | undefined;
let workers: Workers | undefined;

// From the start on: without a handler, a process with the id 1, as in a container, ignores both.
if (worker) worker.onStop(end);
else for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
await start().catch(fail);

async function start(): Promise<void> {
  backends = await findBackends(config, log);
  await awaitDatabase(backends.database, config.migrateOnStart, log);
  const origin = isPrimary ? await startWorkers(backends) : await startInstance(backends);
  if (backends.banner && origin !== undefined && !worker) process.stdout.write(backends.banner(origin));
}

async function startInstance(found: AvailableBackends): Promise<string | undefined> {
  if (config.tracing) await startTracing(config.tracing, log);
  // A primary needs none of it.
  const { buildApp } = await import('./app.ts');
  const app = await buildApp(config, found, log, worker).catch((error) => {
    // PostgreSQL may also go away after the wait for it.
    throw problemOf(error, found.database) ?? error;
  });
  service = app;
  if (stopping) return undefined;
  await app.listen({ port: config.port, host: config.host }).catch((error) => refuseToListen(error, config));
  return app.listeningOrigin;
}

async function startWorkers(found: AvailableBackends): Promise<string | undefined> {
  const { Workers } = await import('./cluster/workers.ts');
  const { workerEnvironment, warnOfConnections } = await import('./cluster/backends.ts');
  const environment = workerEnvironment(config, found);
  await warnOfConnections(found.database, config.workers, log);
  if (stopping) return undefined;
  const delayMs = config.shutdownDelaySeconds * 1_000;
  workers = new Workers({
    program: fileURLToPath(import.meta.url),
    count: config.workers,
    environment,
    delayMs,
    log,
    onFailure: fail,
  });
  service = workers;
  return await workers.start();
}

/** The first signal stops the service in order. A second one, of either kind, cuts that short. */
function end(signal: NodeJS.Signals): void {
  log.info({ signal }, stopping ? 'stopping at once' : 'stopping');
  workers?.stop(signal);
  if (stopping) {
    hurry.abort();
    return;
  }
  stopping = true;
  void stopAll(config.shutdownDelaySeconds * 1_000).then((code) => process.exit(code));
}

function stopAll(delayMs: number): Promise<number> {
  // Workers take their time themselves.
  const times = workers ? { delayMs: 0, closeWithinMs: workers.stopsWithinMs } : { delayMs };
  return stop({ app: service, backends, hurry: hurry.signal, log, ...times });
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
  // A worker has said itself why it did not start.
  const worker = error instanceof WorkerFailed && error.signal === null ? error : undefined;
  if (error instanceof SolvableError) log.fatal(`the service did not start: ${error.message}`);
  else if (!worker) log.fatal({ err: error }, 'the service did not start');
  await stopAll(0);
  process.exit(worker?.code ?? 1);
}
