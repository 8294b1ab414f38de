import type { TiketiError } from '../../../client/index.ts';

/** The codes of the service and those of the client. The tables of this folder have all of them, or they don't compile. */
export type ProblemCode = TiketiError['code'];
