import type { DatabaseSettings } from '../config/servers.ts';
import { SolvableError } from '../errors/solvable.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import { SchemaError } from './first-meeting.ts';

/** Why PostgreSQL can't be used, in one line with its address. */
export class DatabaseProblem extends SolvableError {
  /** Tells one reason from another: a SQLSTATE, the code of a system error, or the message. */
  readonly reason: string;
  /** Whether it passes by itself, so that a later try may succeed. */
  readonly passes: boolean;

  constructor(line: string, reason: string, passes: boolean) {
    super(line);
    this.reason = reason;
    this.passes = passes;
  }
}

/**
 * SQLSTATEs that stay until a person acts: a refused login (28), an unknown database (3D) or schema (3F), a missing permission
 * (42501), an object of another application under one of our names (42P07, 42710, 42723), and a missing extension (0A000, 58P01).
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const LASTING_SQLSTATE = /^(28|3D|3F)...$|^42(501|P07|710|723)$|^0A000$|^58P01$/;
/** Codes of Node.js for a certificate or a handshake that fails. */
const LASTING_TLS_CODE = /CERT|TLS|SSL|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^EPROTO$/;
/** Messages of pg that come without a code. */
const LASTING_MESSAGE = /SSL|^SASL/;

/** `host:port`, of all servers if there are several. */
export function addressOf({ host, port, others = [] }: DatabaseSettings): string {
  return [{ host, port }, ...others].map((each) => `${each.host}:${each.port}`).join(',');
}

/** @returns the problem in one line, or `undefined` for an error that only its stack explains */
export function problemOf(error: unknown, settings: DatabaseSettings): DatabaseProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const lasts =
    error instanceof SchemaError ||
    LASTING_SQLSTATE.test(code) ||
    LASTING_TLS_CODE.test(code) ||
    LASTING_MESSAGE.test(error.message);
  if (!lasts && !isUnavailable(error)) return undefined;
  const where = `PostgreSQL at ${addressOf(settings)}, database ${settings.database}`;
  // Each SQLSTATE has a digit. The codes of errors on the way to PostgreSQL have none.
  const answered = error instanceof SchemaError || /\d/.test(code);
  const message = (error.message || code).replaceAll(/\s+/g, ' ');
  return new DatabaseProblem(
    `${where} can't be ${answered ? 'used' : 'reached'}: ${message}`,
    code || message,
    !lasts,
  );
}
