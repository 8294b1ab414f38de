/** `id` is `new` for a hall that doesn't exist yet. */
export function HallPage({ id }: { id: string }) {
  return <h1>{id}</h1>;
}
