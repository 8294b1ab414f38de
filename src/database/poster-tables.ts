import type { GeneratedTime } from './times.ts';

/** The image that an event shows, if one was uploaded. */
export interface Posters {
  event_id: string;
  /** Its name in the store. */
  key: string;
  hash: string;
  type: 'image/png' | 'image/jpeg' | 'image/webp';
  width: number;
  height: number;
  size: number;
  uploaded_at: GeneratedTime;
}

/** The images, unless they are stored elsewhere. */
export interface PosterImages {
  key: string;
  event_id: string;
  content: Buffer;
}
