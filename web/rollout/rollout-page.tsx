import type { ViewProps } from '../shell/views.tsx';

export function RolloutPage({ params }: ViewProps) {
  return <h1>{params['id']}</h1>;
}
