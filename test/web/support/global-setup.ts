import { build } from 'vite';

/** The tests look at the pages as they are shipped. */
export default async function setup(): Promise<void> {
  await build({ root: 'src/web', configFile: 'src/web/vite.config.ts', logLevel: 'warn' });
}
