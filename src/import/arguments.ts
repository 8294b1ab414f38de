import { parseArgs } from 'node:util';
import { SolvableError } from '../errors/solvable.ts';
import type { ImportRequest } from './import.ts';

const USAGE =
  'Usage: npm run import -- --from postgres://user:password@host:5432/database --timezone Asia/Seoul [--dry-run] [--report <file>]';

/** @throws SolvableError that says how to call the command */
export function readArguments(args: string[], now = new Date()): ImportRequest {
  const { from, timezone, report, 'dry-run': dryRun } = parse(args);
  if (!from || !timezone) throw new SolvableError(`${from ? '--timezone' : '--from'} is missing\n${USAGE}`);
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return { from, timezone, dryRun, report: report ?? `import-${stamp}.ndjson` };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        from: { type: 'string' },
        timezone: { type: 'string' },
        report: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new SolvableError(`${(error as Error).message}\n${USAGE}`);
  }
}
