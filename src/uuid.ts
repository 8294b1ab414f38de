const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** For what doesn't pass the contract's validation: claims of a token, a command line, a cursor. Upper case is one as well. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
