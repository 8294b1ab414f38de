import type { FastifyInstance } from 'fastify';

/** The two faces of src/web, by the name of their folder. */
export type Face = 'box-office' | 'console';

/** Where the pages come from. */
export interface Pages {
  /** The HTML of a face, without its settings. */
  html(face: Face): Promise<string>;
  /** Serves everything that the HTML refers to, under /web/. */
  serveFiles(app: FastifyInstance): Promise<void>;
}
