import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** The poster of an organizer's event. Both functions can reject with `FORBIDDEN` and `EVENT_NOT_FOUND`. */
export interface PosterOperations {
  /**
   * Uploads an image, which becomes the `poster_image_url` of the event.
   *
   * @param input `{ id, image }`: a PNG, JPEG or WebP image of at most 5 MiB as a `Blob` of its type
   * @returns `{ poster: { url, type, width, height, size } }`
   * @throws TiketiError `POSTER_NOT_ACCEPTED`, `BODY_TOO_LARGE`
   */
  uploadPoster: Operation<'uploadPoster'>;

  /**
   * Deletes the uploaded image.
   *
   * @param input `{ id }`
   * @returns `{ message }`
   * @throws TiketiError `POSTER_NOT_FOUND`
   */
  deletePoster: Operation<'deletePoster'>;
}

export function posterOperations(api: Client<paths>, call: Caller): PosterOperations {
  return {
    uploadPoster: ({ id, image }, options) =>
      call.signed(options, (init) =>
        api.PUT('/api/v1/admin/events/{id}/poster', {
          ...init,
          params: { path: { id } },
          headers: { ...init.headers, 'content-type': image.type },
          // The Blob goes out as it is.
          body: image as never,
          bodySerializer: (body: unknown) => body as Blob,
        }),
      ),
    deletePoster: (path, options) =>
      call.signed(options, (init) =>
        api.DELETE('/api/v1/admin/events/{id}/poster', { ...init, params: { path } }),
      ),
  };
}
