import type { RolloutDetail } from '../../client/answers.ts';
import { count, share } from './numbers.ts';
import { duration } from './times.ts';

type Stage = RolloutDetail['planDetail']['stages'][number];

/** One rule of the open stage's gate: what is, what must be, and what the app makes of it. */
export interface GateLine {
  readonly rule: string;
  readonly name: string;
  readonly now: string;
  readonly limit: string;
  /** `holds`, `waits`: not enough is known yet; `broken`: ends the rollout. */
  readonly verdict: 'holds' | 'waits' | 'broken';
}

export const verdictWords: Readonly<Record<GateLine['verdict'], string>> = {
  holds: 'holds',
  waits: 'not yet',
  broken: 'exceeded',
};

type Asked = Pick<RolloutDetail, 'evidence' | 'next' | 'stageOpenedAt'>;

/**
 * The gate of the open stage against its evidence. Whether a rule holds is the app's word (`next.reasons`):
 * the bounds that it judges by are not computed here a second time.
 */
export function gateLines({ gate }: Stage, rollout: Asked, now: number): readonly GateLine[] {
  const { evidence, stageOpenedAt } = rollout;
  const answered = evidence.succeeded + evidence.failed;
  const line = (rule: string, name: string, is: string, limit: string): GateLine => ({
    rule,
    name,
    now: is,
    limit,
    verdict: verdictOf(rule, rollout),
  });
  const lines = [
    line(
      'soak',
      'Soak time',
      stageOpenedAt === undefined ? 'not begun' : duration(now - Date.parse(stageOpenedAt)),
      `at least ${duration(gate.soakMinutes * 60_000)}`,
    ),
    line('min-answered', 'Answered', count(answered), `at least ${count(gate.minAnswered)}`),
    line(
      'failed-share',
      'Failed or reverted',
      `${count(evidence.failed)} of ${count(answered)} (${share(evidence.failed, answered)})`,
      `within ${gate.maxFailedPercent} %`,
    ),
  ];
  if (gate.maxFailed !== undefined) {
    lines.push(
      line('max-failed', 'Failed in all', count(evidence.failed), `at most ${count(gate.maxFailed)}`),
    );
  }
  if (gate.maxStuck !== undefined) {
    lines.push(line('max-stuck', 'Stuck', count(evidence.stuck), `at most ${count(gate.maxStuck)}`));
  }
  if (gate.minSucceededPercent !== undefined) {
    const judged = answered + evidence.stuck;
    const is = `${count(evidence.succeeded)} of ${count(judged)} (${share(evidence.succeeded, judged)})`;
    lines.push(line('min-succeeded', 'Succeeded', is, `at least ${gate.minSucceededPercent} %`));
  }
  return lines;
}

function verdictOf(rule: string, { next }: Asked): GateLine['verdict'] {
  const { decision, reasons } = next;
  if (decision === 'open-stage' || decision === 'complete') return 'holds';
  // The app words one doubt under two rules: too few to be sure, and nobody left who could make it surer.
  const named = reasons.some(
    (reason) => reason.rule === rule || (rule === 'failed-share' && reason.rule === 'nobody-left'),
  );
  if (!named) return 'holds';
  return decision === 'stop' || decision === 'pause' ? 'broken' : 'waits';
}
