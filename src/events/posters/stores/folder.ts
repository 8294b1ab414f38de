import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PosterStore } from './store.ts';

/** A folder that all instances share. */
export function folderStore(folder: string): PosterStore {
  const fileOf = (key: string) => join(folder, key);
  return {
    async put({ key, bytes }) {
      await mkdir(folder, { recursive: true });
      // A crash leaves no half image under the name.
      const partial = fileOf(`${key}.partial`);
      await writeFile(partial, bytes);
      await rename(partial, fileOf(key));
    },
    async get(key) {
      return await readFile(fileOf(key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
    },
    delete: (key) => rm(fileOf(key), { force: true }),
  };
}
