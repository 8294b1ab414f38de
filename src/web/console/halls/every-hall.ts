import { tiketi } from '../../shared/api.ts';
import type { Answer } from '../../shared/types.ts';

export type Hall = Answer<'getLayout'>['layout'];

/** As many as a list to choose from may have. */
const MAX_PAGES = 10;

export async function everyHall(signal: AbortSignal): Promise<Hall[]> {
  const halls: Hall[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < MAX_PAGES && cursor !== null; page++) {
    const { layouts, nextCursor } = await tiketi().listLayouts(
      { limit: 100, ...(cursor && { cursor }) },
      { signal },
    );
    halls.push(...layouts);
    cursor = nextCursor;
  }
  return halls;
}
