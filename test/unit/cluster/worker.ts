import { existsSync, writeFileSync } from 'node:fs';

/* A worker that serves at the first start of all, then crashes, and fails at each start after it. */
const { SERVED = '' } = process.env;
if (existsSync(SERVED)) process.exit(7);
writeFileSync(SERVED, '');
process.send?.({ kind: 'serves', origin: 'http://127.0.0.1:1', door: 1 }, () => process.exit(3));
