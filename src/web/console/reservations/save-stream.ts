/**
 * Reads an export to its end and saves it as a file. An export that breaks off saves nothing: half a file looks like a whole one.
 *
 * @param onProgress told how many bytes there are so far
 */
export async function saveStream(
  stream: ReadableStream<Uint8Array>,
  { name, type }: { name: string; type: string },
  onProgress: (bytes: number) => void,
): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value as Uint8Array<ArrayBuffer>);
    bytes += value.byteLength;
    onProgress(bytes);
  }
  const address = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to save by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
