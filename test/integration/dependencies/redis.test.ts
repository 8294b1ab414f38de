import { describe, test } from 'vitest';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { redisStates } from './matrix.ts';
import { observe } from './observe.ts';
import { redisFaults } from './redis-faults.ts';
import { tracksOf } from './tracks.ts';

expectNoUnhandledRejections();

describe.concurrent.for(tracksOf(redisStates))('while Redis is', (states) => {
  test.for(states)(
    '%s: each operation is answered as the table says, and works again within 5 s',
    { concurrent: false, timeout: 120_000 },
    async (state, { expect }) => observe(expect, 'redis', redisStates[state], await redisFaults[state]()),
  );
});
