/** The policy of the pages forbids pictures of other hosts. */
export function canShow(url: string): boolean {
  return URL.canParse(url, location.origin) && new URL(url, location.origin).origin === location.origin;
}
