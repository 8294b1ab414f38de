import { createHash } from 'node:crypto';

/** A digest of the status codes of all seats. */
export function digest(codes: Uint8Array): string {
  return createHash('sha1').update(codes).digest('base64url');
}

export function stockLine({ ticketTypeId, availableQuantity, totalQuantity }: Stock): string {
  return `${ticketTypeId} ${availableQuantity} of ${totalQuantity}`;
}

export interface Stock {
  ticketTypeId: string;
  availableQuantity: number;
  totalQuantity: number;
}
