import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { project } from './documents.ts';

const MANIFEST = join(project, 'test/integration/deploy/tools');

export interface DeployTools {
  /** The folder with the packages of test/integration/deploy/tools. */
  directory: string;
  require: NodeJS.Require;
}

/**
 * The published schemas and Helm, installed at the first run and again when their lock file changes. They are 70 MB that only these
 * tests need. `undefined`, with a line that says so, where npm can't get them.
 */
export function provideDeployTools(): DeployTools | undefined {
  const directory = join(project, 'node_modules/.cache/deploy-tools');
  const lock = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (!existsSync(directory) || lock(directory) !== lock(MANIFEST)) {
    const fresh = `${directory}-${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    cpSync(MANIFEST, fresh, { recursive: true });
    try {
      const options = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
      execFileSync('npm', ['ci', ...options], { cwd: fresh, stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      rmSync(fresh, { recursive: true });
      console.warn(`The tests of compose.yaml and the Helm chart are skipped: ${(error as Error).message}`);
      return undefined;
    }
    rmSync(directory, { recursive: true, force: true });
    renameSync(fresh, directory);
  }
  return { directory, require: createRequire(join(directory, 'package.json')) };
}
