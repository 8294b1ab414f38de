import { describe, test } from 'vitest';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { postgresStates } from './matrix.ts';
import { observe } from './observe.ts';
import { postgresFaults } from './postgres-faults.ts';
import { tracksOf } from './tracks.ts';

expectNoUnhandledRejections();

describe.concurrent.for(tracksOf(postgresStates))('while PostgreSQL is', (states) => {
  test.for(states)(
    '%s: each operation is answered as the table says, and works again within 5 s',
    { concurrent: false, timeout: 120_000 },
    async (state, { expect }) =>
      observe(expect, 'postgres', postgresStates[state], await postgresFaults[state]()),
  );
});
