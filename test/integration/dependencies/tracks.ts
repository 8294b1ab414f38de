/** So many services are busy at the same time: more would take each other's time on two cores. */
const TRACKS = 3;

/** Deals the states out to tracks, which run side by side. The states of a track run one after the other. */
export function tracksOf<State extends string>(states: Record<State, unknown>): State[][] {
  const names = Object.keys(states) as State[];
  return Array.from({ length: TRACKS }, (_, track) =>
    names.filter((_name, index) => index % TRACKS === track),
  );
}
