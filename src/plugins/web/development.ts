import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { ViteDevServer } from 'vite';
import type { Pages } from './pages.ts';

const SOURCES = fileURLToPath(new URL('../../web', import.meta.url));

/** The pages straight from their sources, which Vite compiles when a browser asks for them. No build step, and no Vite before that. */
export function developmentPages(app: FastifyInstance): Pages {
  let vite: Promise<ViteDevServer> | undefined;
  app.addHook('onClose', async () => (await vite?.catch(() => undefined))?.close());
  return {
    /**
     * Vite itself would add its client, which updates a page in place. That needs a WebSocket and inline styles, which the pages' policy
     * forbids: reload the page instead.
     */
    async html(face) {
      const text = await readFile(`${SOURCES}/${face}/index.html`, 'utf8');
      return text.replaceAll(/(?<=(src|href)=")(?=\/)/g, '/web');
    },
    async serveFiles(scope) {
      // Vite in one worker: several would write the same cache.
      const onRequest = app.peers.byTheFirst;
      scope.get('/web/*', { onRequest, config: { unlogged: true } }, async (request, reply) => {
        // A page of another site could open an editor on this machine: `<img src="…/web/__open-in-editor?file=…">`.
        if (request.url.startsWith('/web/__')) return reply.callNotFound();
        vite ??= startVite();
        const { middlewares } = await vite;
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) reply.raw.setHeader(name, value);
        reply.hijack();
        middlewares(request.raw, reply.raw, () => reply.raw.writeHead(404).end());
      });
    },
  };
}

async function startVite(): Promise<ViteDevServer> {
  const { createServer } = await import('vite');
  return createServer({
    configFile: `${SOURCES}/vite.config.ts`,
    appType: 'custom',
    server: {
      middlewareMode: true,
      hmr: false,
      ws: false,
      // Only what the pages import: the project's folder also has the secret of this machine's tokens.
      fs: {
        allow: ['web', 'client', 'contract', '../node_modules'].map((folder) => join(SOURCES, '..', folder)),
      },
    },
    logLevel: 'error',
  });
}
