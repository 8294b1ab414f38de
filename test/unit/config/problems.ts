import { type Config, ConfigError, loadConfig } from '../../../src/config/config.ts';
import type { Environment } from '../../../src/config/environment.ts';

export const GOOD_SECRET = 'Zk3v0pQ9sB7dXm1RwYt5uLhNaEoJcGfK';

export const development = (environment: Environment = {}): Config => loadConfig(environment);

export const production = (environment: Environment = {}): Config =>
  loadConfig({ NODE_ENV: 'production', JWT_SECRET: GOOD_SECRET, ...environment });

/** The problems that `load` reports, none when it succeeds. */
export function problemsOf(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
