export interface Pace {
  /** How long each measurement takes. */
  seconds: number;
  /** How many of them make a median. */
  rounds: number;
}

/** What was asked for on the command line. */
export interface Bench extends Pace {
  rows: string[];
  /** Variables of the service that are not as they ship. */
  environment: Record<string, string>;
  profile: string | undefined;
  note(line: string): void;
}
