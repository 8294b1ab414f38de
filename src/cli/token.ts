import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '../config/config.ts';
import { developmentSecret } from '../config/development-secret.ts';
import { isUuid } from '../lib/uuid.ts';
import type { Role } from '../plugins/auth.ts';
import { signerOf } from './signer.ts';

/*
 * `npm run -s token -- --role admin`: a token to try things out, signed with the secret of the service on this machine.
 * In production, only the auth service issues tokens.
 */
const USAGE =
  'Usage: npm run -s token -- [--user <uuid>] [--role user|organizer|admin|service] [--hours <1-8760>]';
const ROLES: readonly Role[] = ['user', 'organizer', 'admin', 'service'];

/** A mistake on the command line. */
class TokenError extends Error {}

interface TokenRequest {
  userId: string;
  role: Role;
  hours: number;
}

function readArguments(args: string[]): TokenRequest {
  const { user, role, hours } = parse(args);
  if (!isUuid(user)) throw new TokenError(`--user is ${JSON.stringify(user)}: expected a UUID\n${USAGE}`);
  const known = ROLES.find((one) => one === role);
  if (!known)
    throw new TokenError(`--role is ${JSON.stringify(role)}: expected one of ${ROLES.join(', ')}\n${USAGE}`);
  if (!/^\d{1,4}$/.test(hours) || Number(hours) < 1 || Number(hours) > 8_760) {
    throw new TokenError(
      `--hours is ${JSON.stringify(hours)}: expected a whole number from 1 to 8760\n${USAGE}`,
    );
  }
  return { userId: user.toLowerCase(), role: known, hours: Number(hours) };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        user: { type: 'string', default: randomUUID() },
        role: { type: 'string', default: 'user' },
        hours: { type: 'string', default: '12' },
      },
    }).values;
  } catch (error) {
    throw new TokenError(`${(error as Error).message}\n${USAGE}`);
  }
}

try {
  if (process.env.NODE_ENV === 'production') {
    throw new TokenError('No tokens under NODE_ENV=production: there the auth service issues them');
  }
  const { hours, ...claims } = readArguments(process.argv.slice(2));
  const { jwtSecret, dataDirectory } = loadConfig();
  const sign = await signerOf(jwtSecret ?? developmentSecret(dataDirectory), hours);
  process.stdout.write(`${sign(claims)}\n`);
} catch (error) {
  if (!(error instanceof TokenError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
