export interface Pace {
  /** How long each measurement takes. */
  seconds: number;
  /** How many measurements make a median. */
  rounds: number;
  /** The calibrators to compare with. */
  against: string[];
}

/** The options of the command line. */
export interface Bench extends Pace {
  rows: string[];
  /** Environment variables of the service that differ from the defaults. */
  environment: Record<string, string>;
  /** Another working tree, whose service takes turns with this one's. */
  beside: string | undefined;
  /** Sizes that take minutes to fill, too. */
  huge: boolean;
  profile: string | undefined;
  note(line: string): void;
}
