import { ReplyError } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { isUnavailable, UnavailableError } from '../../../src/errors/unavailable.ts';

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
  ])('is recognized by %j', (message) => expect(isUnavailable(failure(message))).toBe(true));

  test.each([
    'LOADING Redis is loading the dataset in memory',
    'READONLY You can’t write against a read only replica.',
    'MISCONF Redis is configured to save RDB snapshots',
    'MOVED 15495 10.0.0.7:6379',
    'ASK 15495 10.0.0.7:6379',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'CLUSTERDOWN Hash slot not served',
    "ERR ACL failure in script: User default has no permissions to run the 'set' command",
    "OOM command not allowed when used memory > 'maxmemory'. script: 2597e0, on @user_script:1.",
    'ERR Error running script (call to f_2597e0): @user_script:1: @user_script: 1: -READONLY You can’t write.',
  ])('is recognized by the reply %j, and not by that text alone', (message) => {
    expect(isUnavailable(new ReplyError(message))).toBe(true);
    expect(isUnavailable(failure(message))).toBe(false);
  });

  test.each([
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'ERR value is not an integer or out of range',
    'ERR Error running script (call to f_2597e0): @user_script:1: user_script:1: Script attempted to access READONLY',
    'NOSCRIPT No matching script. Please use EVAL.',
  ])('is not the reason for the reply %j', (message) =>
    expect(isUnavailable(new ReplyError(message))).toBe(false),
  );

  test('is known to those who did not ask it', () =>
    expect(isUnavailable(new UnavailableError('not asked'))).toBe(true));

  test.each(['23505', '23514', '42P01', '22P02', '22003', 'ERR_INVALID_ARG_TYPE'])(
    'is not the reason for %s',
    (code) => expect(isUnavailable(failure('x', code))).toBe(false),
  );
});
