import { appendFileSync, existsSync, writeFileSync } from 'node:fs';

/* Worker 1 hangs as soon as it serves, the first time. Worker 2 notes which other workers are silent. */
const { FOLDER = '', TIKETI_WORKER = '' } = process.env;
const number = TIKETI_WORKER.split('-')[1];
const hangs = number === '1' && !existsSync(`${FOLDER}/hung`);

process.on('message', (message: { kind: string; silent?: number[] }) => {
  if (message.kind === 'ping') process.send?.({ kind: 'pong' });
  if (message.kind === 'doors' && number === '2') {
    // On a busy machine it is late itself, and hears so.
    const others = message.silent?.filter((silent) => silent !== 2);
    appendFileSync(`${FOLDER}/silent`, `${others}\n`);
  }
  if (message.kind === 'stop') process.exit(0);
});
process.send?.({ kind: 'serves', origin: 'http://127.0.0.1:1', door: 1 }, () => {
  if (!hangs) return;
  writeFileSync(`${FOLDER}/hung`, '');
  // Blocks the process, as an endless loop does, and leaves the processor to others.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
