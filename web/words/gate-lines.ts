import type { RolloutDetail } from '../../client/answers.ts';
import { count, share } from './numbers.ts';
import { duration } from './times.ts';

type Stage = RolloutDetail['planDetail']['stages'][number];

/** One rule of the open stage's gate: what is, what must be, and whether it is so. */
export interface GateLine {
  readonly rule: string;
  readonly name: string;
  readonly now: string;
  readonly limit: string;
  readonly verdict: GateVerdict;
}

/**
 * `holds`; `waits`: not enough is known yet; `broken`: ends the rollout; `unjudged`: the app says nothing of it
 * now, as while the rollout is paused.
 */
export type GateVerdict = 'holds' | 'waits' | 'broken' | 'unjudged';

export const verdictWords: Readonly<Record<GateVerdict, string>> = {
  holds: 'holds',
  waits: 'not yet',
  broken: 'exceeded',
  unjudged: 'not judged',
};

type Asked = Pick<RolloutDetail, 'evidence' | 'next' | 'stageOpenedAt' | 'stage' | 'planDetail'>;

/**
 * The gate of the open stage against its evidence. What two numbers tell is compared here, whatever the app does
 * with it. The share of failures is judged by bounds, which are not computed a second time: it is the app's word.
 */
export function gateLines({ gate }: Stage, rollout: Asked, now: number): readonly GateLine[] {
  const { succeeded, failed, stuck } = rollout.evidence;
  const answered = succeeded + failed;
  const lines: GateLine[] = [
    soakLine(gate.soakMinutes * 60_000, rollout.stageOpenedAt, now),
    {
      rule: 'min-answered',
      name: 'Answered',
      now: count(answered),
      limit: `at least ${count(gate.minAnswered)}`,
      verdict: answered >= gate.minAnswered ? 'holds' : 'waits',
    },
    {
      rule: 'failed-share',
      name: 'Failed or reverted',
      now: `${count(failed)} of ${count(answered)} (${share(failed, answered)})`,
      limit: `within ${gate.maxFailedPercent} %`,
      verdict: failedShareVerdict(rollout, failed <= (answered * gate.maxFailedPercent) / 100),
    },
  ];
  if (gate.maxFailed !== undefined) {
    lines.push(mostLine('max-failed', 'Failed in all', failed, gate.maxFailed));
  }
  if (gate.maxStuck !== undefined) lines.push(mostLine('max-stuck', 'Stuck', stuck, gate.maxStuck));
  if (gate.minSucceededPercent !== undefined) {
    const judged = answered + stuck;
    lines.push({
      rule: 'min-succeeded',
      name: 'Succeeded',
      now: `${count(succeeded)} of ${count(judged)} (${share(succeeded, judged)})`,
      limit: `at least ${gate.minSucceededPercent} %`,
      verdict: judged > 0 && succeeded >= (judged * gate.minSucceededPercent) / 100 ? 'holds' : 'waits',
    });
  }
  return lines;
}

function soakLine(soakMs: number, openedAt: string | undefined, now: number): GateLine {
  const openMs = openedAt === undefined ? undefined : now - Date.parse(openedAt);
  return {
    rule: 'soak',
    name: 'Soak time',
    now: openMs === undefined ? 'not begun' : duration(openMs),
    limit: `at least ${duration(soakMs)}`,
    verdict: openMs !== undefined && openMs >= soakMs ? 'holds' : 'waits',
  };
}

function mostLine(rule: string, name: string, is: number, most: number): GateLine {
  return {
    rule,
    name,
    now: count(is),
    limit: `at most ${count(most)}`,
    verdict: is > most ? 'broken' : 'holds',
  };
}

/** Rules of which the app names each that it waits for: where it names one, those that it does not name hold. */
const AWAITED: ReadonlySet<string> = new Set(['soak', 'nobody-targeted', 'min-answered', 'min-succeeded']);
/** What keeps a stage shut whose gate has passed. */
const BESIDE_THE_GATE: ReadonlySet<string> = new Set(['approval', 'window']);

function failedShareVerdict({ next, stage, planDetail }: Asked, isWithin: boolean): GateVerdict {
  const { decision, reasons } = next;
  const names = (rules: ReadonlySet<string>) => reasons.some(({ rule }) => rules.has(rule));
  // The app words one doubt under two rules: too few to be sure, and nobody left who could make it surer.
  const isNamed = names(new Set(['failed-share', 'nobody-left']));
  if (decision === 'stop' || decision === 'pause') return isNamed ? 'broken' : 'unjudged';
  if (decision === 'open-stage') return isWithin ? 'holds' : 'unjudged';
  if (isNamed) return 'waits';
  const isLast = stage >= planDetail.stages.length - 1;
  const isPassed = names(BESIDE_THE_GATE) || (!isLast && names(AWAITED));
  return isPassed && isWithin ? 'holds' : 'unjudged';
}
