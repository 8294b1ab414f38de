/** What the service takes (openapi/paths/admin-posters.yaml). */
export const POSTER_TYPES = ['image/png', 'image/jpeg', 'image/webp'];
export const MAX_POSTER_BYTES = 5 * 1024 * 1024;

export type PosterMistake = 'type' | 'size';

export function mistakeOfPoster({ type, size }: { type: string; size: number }): PosterMistake | undefined {
  if (!POSTER_TYPES.includes(type)) return 'type';
  return size > MAX_POSTER_BYTES ? 'size' : undefined;
}
