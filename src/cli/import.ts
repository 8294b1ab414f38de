import type { Db } from '../database/database.ts';
import { SolvableError } from '../errors/solvable.ts';
import { readArguments } from '../import/arguments.ts';
import { type ImportRequest, importFrom } from '../import/import.ts';
import { showProgress } from '../import/progress.ts';
import { withDatabase } from './with-database.ts';

/** `npm run import`: takes over the data of the existing Tiketi service. */
const request = fromCommandLine();
if (request) {
  const work = async (db: Db) => {
    const { text, unexplained } = await importFrom(db, request, showProgress());
    if (unexplained.length > 0) process.exitCode = 1;
    return `${text}\nReport: ${request.report}`;
  };
  await withDatabase(work, { needsSession: true });
}

/** Before a database is started for a command that can't run. */
function fromCommandLine(): ImportRequest | undefined {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SolvableError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}
