/*
 * Builds dist/client. It is `./client` of this package, and a package of its own without the service's dependencies
 * (`npm pack ./dist/client`).
 */
import { execFileSync } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = join(root, 'src/client');
const target = join(root, 'dist/client');

/** The packages that the client imports at run time. Consumers get the ranges that it is built and tested with. */
const RUNTIME = ['openapi-fetch', 'socket.io-client'];

interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  devDependencies: Record<string, string>;
}

await rm(target, { recursive: true, force: true });
compile();
await finishDeclarations();
await writeEntry();
await writeManifest();
await cp(join(source, 'README.md'), join(target, 'README.md'));
await cp(join(root, 'LICENSE'), join(target, 'LICENSE')).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
});

function compile(): void {
  const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  execFileSync(process.execPath, [tsc, '-p', source, '--outDir', target], { stdio: 'inherit' });
}

/** The compiler rewrites `.ts` to `.js` in the imports of the code, but not in those of the declarations. */
async function finishDeclarations(): Promise<void> {
  for (const name of await readdir(target, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(target, name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/((?:from|import\()\s*["']\.{1,2}\/[^"']+)\.ts(["'])/g, '$1.js$2'));
  }
}

/** The compiled files keep the layout of their sources, beside the contract. The entry is where package.json expects it. */
async function writeEntry(): Promise<void> {
  for (const name of ['index.js', 'index.d.ts']) {
    await writeFile(join(target, name), "export * from './client/index.js';\n");
  }
}

async function writeManifest(): Promise<void> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  const { name, version, description, license, devDependencies } = JSON.parse(text) as Manifest;
  const entry = { types: './index.d.ts', default: './index.js' };
  const manifest = {
    name,
    version,
    description: `Client SDK. ${description}`,
    license,
    type: 'module',
    sideEffects: false,
    types: './index.d.ts',
    exports: { '.': entry, './client': entry, './package.json': './package.json' },
    dependencies: Object.fromEntries(RUNTIME.map((dependency) => [dependency, devDependencies[dependency]])),
  };
  await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
