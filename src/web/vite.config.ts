import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;
const built = join(root, '../../dist/web');
const page = (face: string) => join(root, face, 'index.html');

/** The service sends files as they lie there, so each one also lies there compressed. */
const compress: Plugin = {
  name: 'compress',
  apply: 'build',
  async closeBundle() {
    const assets = join(built, 'assets');
    const names = (await readdir(assets)).filter((name) => /\.(js|css|svg)$/.test(name));
    await Promise.all(
      names.map(async (name) => {
        const content = await readFile(join(assets, name));
        await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(content));
        await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(content));
      }),
    );
  },
};

/** Builds the web pages into dist/web. In development the service serves the same sources through Vite's middleware. */
export default defineConfig({
  root,
  base: '/web/',
  cacheDir: join(root, '../../node_modules/.cache/vite'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [compress],
  build: {
    outDir: built,
    emptyOutDir: true,
    target: 'es2022',
    // An inlined asset would be a `data:` address, which the pages' Content-Security-Policy has only for images.
    assetsInlineLimit: 0,
    rolldownOptions: { input: [page('box-office'), page('console')] },
  },
});
