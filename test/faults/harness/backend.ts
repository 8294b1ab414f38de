/** A server, or several behind one address or list of addresses. */
export interface Backend {
  /** Leads an instance to it. */
  environment: Record<string, string>;
  stop(): Promise<unknown>;
}
