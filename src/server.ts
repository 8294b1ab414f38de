import { pino } from 'pino';
import { buildApp } from './app.ts';
import { type Config, ConfigError, loadConfig } from './config/config.ts';
import { developmentSecret } from './config/development-secret.ts';
import { findBackends } from './embedded/backends.ts';

const STOP_WITHIN_MS = 10_000;

const config = readConfig();
const log = pino({
  level: config.logLevel,
  ...(!config.production && process.stdout.isTTY && { transport: { target: 'pino-pretty' } }),
});

let stopping = false;

const backends = await findBackends(config, log).catch(exit('the embedded databases did not start'));
const app = await buildApp(config, backends, log).catch(exit('the service did not start', backends.stop));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
await app.listen({ port: config.port, host: config.host }).catch(
  exit('the service cannot listen', async () => {
    await app.close();
    await backends.stop();
  }),
);
if (backends.banner) process.stdout.write(backends.banner(app.listeningOrigin));

/** Refuses new connections, finishes requests in progress, closes sockets and pools. A second signal ends the process at once. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'stopping');
  setTimeout(() => {
    log.error('not stopped in time');
    process.exit(1);
  }, STOP_WITHIN_MS).unref();
  process.once(signal, () => process.exit(1));
  await app.close();
  await backends.stop();
  log.info('stopped');
  process.exit(0);
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

/** Logs the error, stops what was started so far and ends the process. */
function exit(message: string, before: () => Promise<void> = async () => undefined) {
  return async (error: Error): Promise<never> => {
    // The message names the folder and its owner. A stack would only hide it.
    log.fatal(error.name === 'FolderInUseError' ? { reason: error.message } : { err: error }, message);
    await before();
    process.exit(1);
  };
}
