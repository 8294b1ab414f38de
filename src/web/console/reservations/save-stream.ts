import { blobOf } from './blob-of.ts';

/**
 * Reads an export to its end and saves it as a file. An export that breaks off or is stopped saves nothing: half a file looks like a
 * whole one.
 *
 * @param onProgress told how many bytes there are so far
 */
export async function saveStream(
  stream: ReadableStream<Uint8Array>,
  { name, type }: { name: string; type: string },
  onProgress: (bytes: number) => void,
): Promise<void> {
  const address = URL.createObjectURL(await blobOf(stream, type, onProgress));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to save by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
