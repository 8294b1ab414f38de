import { appendFileSync } from 'node:fs';

/* A worker that hears of the stop before it says that it serves. Its start is one character in the file. */
const { STARTED = '', ENDS_BY } = process.env;
process.on('message', ({ kind }: { kind: string }) => {
  if (kind !== 'stop') return;
  if (ENDS_BY) process.kill(process.pid, ENDS_BY);
  else
    process.send?.({ kind: 'serves', origin: 'http://127.0.0.1:1', door: 1 }, () =>
      setTimeout(process.exit, 500, 0),
    );
});
appendFileSync(STARTED, '.');
