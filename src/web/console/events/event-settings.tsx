import type { PartProps } from '../part-props.ts';

export function EventSettings({ event }: PartProps) {
  return <h2>{event.title}</h2>;
}
