import { describe, expect, test } from 'vitest';
import { isUnavailable } from '../../../src/errors/unavailable.ts';

describe('an unavailable dependency', () => {
  const failure = (message: string, code?: string) => Object.assign(new Error(message), { code });

  test.each([
    [
      '08006',
      '28P01',
      '3D000',
      '40001',
      '40P01',
      '53300',
      '55000',
      '55P03',
      '57P01',
      '57P03',
      '25P03',
      '25006',
    ],
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  ])('is recognized by codes such as %s', (...codes) => {
    for (const code of codes) expect(isUnavailable(failure('x', code)), code).toBe(true);
  });

  test.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Client was closed and is not queryable',
    'Query read timeout',
    'Connection is closed.',
    'Command timed out',
    "Stream isn't writeable and enableOfflineQueue options is false",
    'LOADING Redis is loading the dataset in memory',
    'READONLY You can’t write against a read only replica.',
    'MISCONF Redis is configured to save RDB snapshots',
    'OOM command not allowed',
  ])('is recognized by %j', (message) => expect(isUnavailable(failure(message))).toBe(true));

  test.each(['23505', '23514', '42P01', '22P02', '22003', 'ERR_INVALID_ARG_TYPE'])(
    'is not the reason for %s',
    (code) => expect(isUnavailable(failure('x', code))).toBe(false),
  );
});
