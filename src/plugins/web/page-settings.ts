/** What the pages must know of the configuration. They read it from a `meta` element, because they have no inline script. */
export interface PageSettings {
  /** Where buyers sign in; without it a visitor gets a throwaway user. */
  loginUrl: string | null;
  /** Whether there are pages for buyers, so that the control room can link to them. */
  boxOffice: boolean;
  /** Whether there is a control room. */
  console: boolean;
  /** Whether a click makes an organizer or an administrator, and a crowd may come. */
  playground: boolean;
  /** The service's time when it sent the page, in ms since 1970. */
  time: number;
}
