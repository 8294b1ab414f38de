import type { Config } from './config/config.ts';
import { SolvableError } from './errors/solvable.ts';

/** Puts the usual mistakes with PORT and HOST into words. */
export function refuseToListen(
  error: NodeJS.ErrnoException,
  { port, host }: Pick<Config, 'port' | 'host'>,
): never {
  const problems: Record<string, string> = {
    EADDRINUSE: `port ${port} of ${host} is in use by another program. Stop that one, or set PORT to another port`,
    EACCES: `port ${port} needs privileges that this process lacks. Set PORT to 1024 or higher`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Set HOST to one, or to 0.0.0.0 for all of them`,
    ENOTFOUND: `${host} is no address. Set HOST to one of this machine, or to 0.0.0.0 for all of them`,
    EAI_AGAIN: `${host} can't be looked up now. Set HOST to an address of this machine, or to 0.0.0.0 for all of them`,
  };
  const problem = problems[error.code ?? ''];
  throw problem === undefined ? error : new SolvableError(problem);
}
