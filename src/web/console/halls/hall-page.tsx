import { tiketi } from '../../shared/api.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';
import { ChangeHall } from './change-hall.tsx';
import { NewHall } from './new-hall.tsx';

/** `id` is `new` for a hall that doesn't exist yet. */
export function HallPage({ id }: { id: string }) {
  return id === 'new' ? <NewHall /> : <KnownHall key={id} id={id} />;
}

function KnownHall({ id }: { id: string }) {
  const { value, error, reload } = useLoaded((signal) => tiketi().getLayout({ id }, { signal }), [id]);
  if (!value) return error === undefined ? <Loading /> : <Failure error={error} retry={reload} />;
  return <ChangeHall hall={value.layout} />;
}
