/** An error in a few words, for a log line without a stack. Node.js gives some errors of a connection no message. */
export function reasonOf(error: Error): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return [code, message].filter(Boolean).join(' ') || error.name;
}
