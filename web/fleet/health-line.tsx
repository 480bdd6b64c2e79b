import { reads } from '../../client/reads.ts';
import { useLive } from '../live/use-live.ts';
import { Icon } from '../parts/icon.tsx';
import { healthInWords } from '../words/health.ts';

/** Whether everything that the app depends on answers, and how far behind it is. */
export function HealthLine() {
  const { data } = useLive(reads.ready());
  // Why there is no answer is told by the views beside it.
  if (!data) return null;
  const { tone, text } = healthInWords(data);
  return (
    <p class={`health tone-text-${tone}`} role="status">
      <Icon name={tone === 'good' ? 'check' : 'alert'} /> {text}
    </p>
  );
}
