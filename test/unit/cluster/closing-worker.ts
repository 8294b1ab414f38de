import { appendFileSync } from 'node:fs';

/* A worker that says when it has closed, the second one later than the first, and ends when it hears that all have. */
const { LOG = '', TIKETI_WORKER = '' } = process.env;
const number = TIKETI_WORKER.split('-')[1];
const note = (what: string) => appendFileSync(LOG, `${number} ${what}\n`);

function close(): void {
  note('closed');
  process.send?.({ kind: 'closed' });
}
process.on('message', ({ kind }: { kind: string }) => {
  // Time for a primary that doesn't wait to tell the first one.
  if (kind === 'stop') setTimeout(close, number === '1' ? 0 : 300);
  if (kind !== 'closed') return;
  note('heard');
  process.exit(0);
});
process.send?.({ kind: 'serves', origin: 'http://127.0.0.1:1', door: 1 });
