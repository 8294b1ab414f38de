import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Sign } from '../demo/crowd/crowd.ts';
import { isUuid } from '../lib/uuid.ts';
import { signerOf } from './signer.ts';

/*
 * `npm run rehearse -- --url https://… --event …`: plays a sale with simulated buyers against a staging installation, and says whether it
 * held. Exit code 0 if it did, 1 if it didn't, 2 if it was not begun.
 */
const USAGE = `Usage: npm run rehearse -- --url <address> --event <uuid> [options]

  --url <address>               of the installation
  --event <uuid>                its title begins with [리허설] or [Rehearsal]; buyers hold and pay its seats or tickets
  --users <n>                   buyers in all (1000)
  --processes <n>               that play them; one for 5,000 if not set
  --arrive-within <seconds>     in which all of them come (10)
  --speed <n>                   how much faster than people they choose and pay (1)
  --within <ms>                 the p99 of each operation (1000)
  --minutes <n>                 after which all go home (30)
  --secret-file <file>          that signs their tokens (JWT_SECRET if not set), or
  --tokens <file>               a token for each buyer on a line, with
  --payment-token-file <file>   the token of a payment service
`;
const BUYERS_A_PROCESS = 5_000;

/** A mistake on the command line. */
class UsageError extends Error {}

function readArguments() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      event: { type: 'string' },
      users: { type: 'string', default: '1000' },
      processes: { type: 'string' },
      'arrive-within': { type: 'string', default: '10' },
      speed: { type: 'string', default: '1' },
      within: { type: 'string', default: '1000' },
      minutes: { type: 'string', default: '30' },
      'secret-file': { type: 'string' },
      tokens: { type: 'string' },
      'payment-token-file': { type: 'string' },
    },
  });
  const { url = '', event = '' } = values;
  if (!URL.canParse(url)) throw new UsageError('--url: expected an address');
  if (!isUuid(event)) throw new UsageError('--event: expected a UUID');
  const users = positive('users', values.users, true);
  const processes = values.processes ?? String(Math.ceil(users / BUYERS_A_PROCESS));
  return {
    ...{ url: url.replace(/\/$/, ''), eventId: event, users },
    processes: positive('processes', processes, true),
    arrivalSeconds: positive('arrive-within', values['arrive-within']),
    speed: positive('speed', values.speed),
    withinMs: positive('within', values.within),
    minutes: positive('minutes', values.minutes),
    ...{ secretFile: values['secret-file'], tokens: values.tokens },
    paymentTokenFile: values['payment-token-file'],
  };
}

function positive(name: string, text: string, isWhole = false): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value) || (isWhole && !Number.isInteger(value)))
    throw new UsageError(`--${name}: expected a ${isWhole ? 'whole ' : ''}number above 0`);
  return value;
}

async function signOf(given: ReturnType<typeof readArguments>): Promise<Sign> {
  const { users, secretFile, tokens: tokensFile, paymentTokenFile, minutes } = given;
  if (tokensFile !== undefined) {
    if (paymentTokenFile === undefined) throw new UsageError('--tokens needs --payment-token-file');
    const tokens = read(tokensFile).split(/\s+/);
    if (tokens.length < users) throw new UsageError(`--tokens: ${tokens.length} for ${users} buyers`);
    const payment = read(paymentTokenFile);
    return (role) => (role === 'service' ? payment : (tokens.pop() as string));
  }
  const secret = secretFile === undefined ? process.env.JWT_SECRET : read(secretFile);
  if (!secret) throw new UsageError('Set JWT_SECRET, or give --secret-file or --tokens');
  const sign = await signerOf(secret, Math.ceil(minutes / 60) + 1);
  return (role) => sign({ userId: randomUUID(), role });
}

const read = (file: string): string => readFileSync(file, 'utf8').trim();

async function main(): Promise<void> {
  const given = readArguments();
  const sign = await signOf(given);
  // The image has neither the SDK's dependencies nor a crowd.
  const { rehearse } = await import('../demo/rehearsal/rehearse.ts');
  const { judge } = await import('../demo/rehearsal/judge.ts');
  const { report } = await import('../demo/rehearsal/report.ts');
  const outcome = await rehearse({ ...given, sign });
  const problems = judge(outcome, given.withinMs);
  process.stdout.write(report(outcome, problems));
  if (problems.length > 0) process.exitCode = 1;
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${USAGE}` : ''}`);
  process.exitCode = 2;
});
