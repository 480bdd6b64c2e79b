import { count } from '../words/numbers.ts';
import type { FleetSummary } from '../words/fleet-summary.ts';

/** The numbers of all rollouts at work. */
export function Tiles({ summary }: { summary: FleetSummary }) {
  return (
    <dl class="tiles">
      <Tile name="Rollouts running" value={summary.running} />
      <Tile name="Waiting for you" value={summary.waiting} tone="warn" />
      <Tile name="Devices at work" value={summary.working} />
      <Tile name="Devices stuck" value={summary.stuck} tone="warn" />
      <Tile name="Failed or reverted" value={summary.failed} tone="bad" />
    </dl>
  );
}

function Tile({ name, value, tone }: { name: string; value: number; tone?: 'warn' | 'bad' }) {
  return (
    <div class={tone && value > 0 ? `tile tile-${tone}` : 'tile'}>
      <dt>{name}</dt>
      <dd class="number">{count(value)}</dd>
    </div>
  );
}
