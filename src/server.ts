import { pino } from 'pino';
import { buildApp } from './app.ts';
import { type Config, ConfigError, loadConfig } from './config/config.ts';
import { developmentSecret } from './config/development-secret.ts';
import { bringBackends } from './embedded/backends.ts';

const STOP_WITHIN_MS = 10_000;

const config = readConfig();
const log = pino({
  level: config.logLevel,
  ...(!config.production && process.stdout.isTTY && { transport: { target: 'pino-pretty' } }),
});

let stopping = false;

const backends = await bringBackends(config, log).catch(exit('the embedded databases did not start'));
const app = await buildApp(config, backends, log).catch(exit('the service did not start', backends.stop));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
await app.listen({ port: config.port, host: config.host }).catch(
  exit('the service can not listen', async () => {
    await app.close();
    await backends.stop();
  }),
);
if (backends.banner) process.stdout.write(backends.banner(app.listeningOrigin));

/** No new connections, what is under way ends, sockets are told, pools close; a second signal doesn't wait. */
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

/** Ends the process with what went wrong, after what was started so far. */
function exit(message: string, before: () => Promise<void> = async () => undefined) {
  return async (error: Error): Promise<never> => {
    // A folder that is in use says it all in one line; its stack would hide it.
    log.fatal(error.name === 'FolderInUseError' ? { reason: error.message } : { err: error }, message);
    await before();
    process.exit(1);
  };
}
