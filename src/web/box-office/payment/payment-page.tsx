import { LinkButton } from '../../ui/button.tsx';

export function PaymentPage({ id }: { id: string }) {
  return <LinkButton href={`/reservations/${id}`}>←</LinkButton>;
}
