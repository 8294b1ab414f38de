/** So much is held in memory before it becomes a Blob, which browsers keep on disk when there is much of it. */
const BLOB_BYTES = 4 * 1_048_576;

/** @param onProgress told how many bytes there are so far */
export async function blobOf(
  stream: ReadableStream<Uint8Array>,
  type: string,
  onProgress: (bytes: number) => void,
): Promise<Blob> {
  const blobs: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let [bytes, held] = [0, 0];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value as Uint8Array<ArrayBuffer>);
    bytes += value.byteLength;
    held += value.byteLength;
    onProgress(bytes);
    if (held < BLOB_BYTES) continue;
    blobs.push(new Blob(parts));
    [parts, held] = [[], 0];
  }
  return new Blob([...blobs, ...parts], { type });
}
