import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { SolvableError } from '../../errors/solvable.ts';
import type { Face, Pages } from './pages.ts';

const BUILT = fileURLToPath(new URL('../../../dist/web', import.meta.url));

/**
 * The pages that `npm run build:web` has built. The names of their files contain a hash of the content, so that browsers keep them.
 *
 * @throws SolvableError if they are not built
 */
export async function builtPages(folder = BUILT): Promise<Pages> {
  const [boxOffice, console] = await Promise.all([html(folder, 'box-office'), html(folder, 'console')]);
  const all: Record<Face, string> = { 'box-office': boxOffice, console };
  return {
    html: async (face) => all[face],
    serveFiles: async (app) => {
      await app.register(fastifyStatic, {
        root: `${folder}/assets`,
        prefix: '/web/assets/',
        immutable: true,
        maxAge: '365d',
        preCompressed: true,
        decorateReply: false,
        index: false,
      });
    },
  };
}

async function html(folder: string, face: Face): Promise<string> {
  try {
    return await readFile(`${folder}/${face}/index.html`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SolvableError(
      'the web pages are not built: run `npm run build:web`, or set WEB=off and WEB_CONSOLE=false',
    );
  }
}
