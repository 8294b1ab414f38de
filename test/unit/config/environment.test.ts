import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';
import { variables } from '../../../src/config/environment.ts';
import type { Variable } from '../../../src/config/variable.ts';
import { development, problemsOf } from './problems.ts';

describe('.env.example', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8');
  const entries = [...text.matchAll(/^# (.+)\n#([A-Z_]+)=(.*)$/gm)].map(([, comment, name, value]) => ({
    comment,
    name,
    value,
  }));

  test('names every variable with its default, in the order of environment.ts', () => {
    const expected = Object.entries<Variable<unknown>>(variables).map(([name, { fallback = '' }]) => [
      name,
      fallback,
    ]);
    expect(entries.map(({ name, value }) => [name, value])).toEqual(expected);
  });

  test('describes each variable as environment.ts does', () => {
    for (const { name, comment } of entries) {
      const setting: Variable<unknown> = variables[name as keyof typeof variables];
      expect(comment).toContain(setting.about);
      if (setting.fallbackNote) expect(comment).toContain(setting.fallbackNote);
    }
  });

  test('changes nothing as it is, and has only good values once all lines are uncommented', () => {
    expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual([]);
    const all = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
    expect(problemsOf(() => loadConfig(all))).toEqual([]);
  });
});

describe('a bad value', () => {
  test('stops the start with a list of all bad values, each with what was expected', () => {
    const problems = problemsOf(() =>
      development({
        PORT: '80a',
        DB_POOL_SIZE: '1',
        REDIS_TLS: 'yes',
        LOG_LEVEL: 'loud',
        FRONTEND_URL: 'https://tickets.example,ftp://tickets.example',
        AUTH_SERVICE_URL: 'auth-service',
        MAX_SEATS_PER_USER: '2.5',
      }),
    );
    expect(problems).toEqual([
      'PORT is "80a": expected a whole number from 0 to 65535',
      'DB_POOL_SIZE is "1": expected a whole number from 4 to 500',
      'REDIS_TLS is "yes": expected true or false',
      expect.stringMatching(/^FRONTEND_URL is ".*": expected http\(s\) origins/),
      'AUTH_SERVICE_URL is "auth-service": expected an http(s) URL',
      'LOG_LEVEL is "loud": expected one of fatal, error, warn, info, debug, trace, silent',
      'MAX_SEATS_PER_USER is "2.5": expected a whole number from 1 to 1000',
    ]);
  });

  test.each(['-1', '65536', '0x50', '8e1', ' 80', '80 ', '٣', '9'.repeat(400)])('as PORT: %s', (PORT) => {
    const problem = `PORT is ${JSON.stringify(PORT)}: expected a whole number from 0 to 65535`;
    expect(problemsOf(() => development({ PORT }))).toEqual([problem]);
  });

  test('is shown, unless it is a secret', () => {
    const SECRET_TEXT = 'hunter2-hunter2';
    const environment = {
      NODE_ENV: 'production',
      PORT: 'x',
      JWT_SECRET: SECRET_TEXT,
      DB_PASSWORD: SECRET_TEXT,
      REDIS_PASSWORD: SECRET_TEXT,
    };
    expect(() => loadConfig(environment)).toThrow(/PORT.*JWT_SECRET is too short/s);
    expect(() => loadConfig(environment)).not.toThrow(SECRET_TEXT);
  });
});

test('an empty variable counts as unset', () => {
  const empty = Object.fromEntries(Object.keys(variables).map((name) => [name, '']));
  expect(development(empty)).toEqual(development());
});
