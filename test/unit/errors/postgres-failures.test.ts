import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { isPostgresUnavailable, postgresFailure } from '../../../src/errors/postgres-failures.ts';

function answered(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('refused', 1, 'error');
  error.code = code;
  return error;
}

describe('a connection', () => {
  test.each(['08006', '08P01', '25006', '40003', '57P01', '57P02', '57P03', '57P04'])(
    'that answers %s is not lent again, and all others are in doubt',
    (code) =>
      expect(postgresFailure(answered(code))).toEqual({ spoilt: true, suspect: true, unavailable: true }),
  );

  test.each(['25P03', '25P04', '53200', '57P05', '58030'])('that answers %s is not lent again', (code) =>
    expect(postgresFailure(answered(code))).toEqual({ spoilt: true, unavailable: true }),
  );

  test.each(['53100', '53300', '53400', '57014', '28P01', '3D000', '55000'])(
    'that answers %s is fine, and its request may succeed later',
    (code) => expect(postgresFailure(answered(code))).toEqual({ unavailable: true }),
  );

  test('whose plan is stale is not lent again, and another one decides the request', () =>
    expect(postgresFailure(answered('0A000'))).toEqual({ spoilt: true, again: true, unavailable: true }));

  test.each(['26000', '42P05'])(
    'that answers %s has lost its statements, and others may have lost their time limits',
    (code) =>
      expect(postgresFailure(answered(code))).toEqual({
        ...{ spoilt: true, suspect: true },
        ...{ again: true, unavailable: true },
      }),
  );

  test.each(['40001', '40P01', '55P03'])('that answers %s is fine, and decides again', (code) =>
    expect(postgresFailure(answered(code))).toEqual({ again: true, unavailable: true }),
  );

  test('that reports corrupt data is not lent again, and its error is an error', () =>
    expect(postgresFailure(answered('XX001'))).toEqual({ spoilt: true }));

  test.each(['23505', 'P0001', '42P01'])('that refuses a statement by %s is fine', (code) =>
    expect(postgresFailure(answered(code))).toEqual({ again: true }),
  );

  test.each([
    ['EPIPE', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })],
    ['a read timeout', new Error('Query read timeout')],
    ['its end', new Error('Connection terminated unexpectedly')],
  ])('that breaks by %s is not lent again, and all others are in doubt', (_what, error) => {
    expect(postgresFailure(error)).toEqual({ spoilt: true, suspect: true, unavailable: true });
    expect(isPostgresUnavailable(error)).toBe(true);
  });

  test('whose answer cannot be read is not lent again, and no other one is in doubt', () =>
    expect(postgresFailure(new RangeError('too large'))).toEqual({ spoilt: true }));
});
