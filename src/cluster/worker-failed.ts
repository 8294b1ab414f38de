/** A worker ended before it served. Unless a signal ended it, it has logged why. */
export class WorkerFailed extends Error {
  readonly code: number;
  readonly signal: string | null;

  constructor(code: number | null, signal: string | null) {
    super(signal ? `a worker was ended by ${signal} before it served` : 'a worker did not start');
    this.name = 'WorkerFailed';
    this.code = code || 1;
    this.signal = signal;
  }
}
