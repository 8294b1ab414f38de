/** The text of a CSV file: UTF-8, or what Excel writes in Korea. Without this, its Korean section names would turn into question marks. */
export function readCsv(bytes: Uint8Array | ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('euc-kr').decode(bytes);
  }
}
