import type { Plan, Stage } from '../../src/shared/rollout/plan.ts';
import { assumptions } from './assumptions.ts';
import {
  EGRESS_AN_ACCOUNT,
  ENTITIES_A_TABLE_PARTITION,
  ENTITIES_AN_ACCOUNT,
  EVENTS_A_THROUGHPUT_UNIT,
  hubLimits,
  REQUESTS_A_BLOB,
  sources,
  type Tier,
} from './documented-limits.ts';

/** A fleet, what it runs on, and the image that it is to receive. */
export interface Fleet {
  readonly devices: number;
  readonly tier: Tier;
  readonly units: number;
  /** Of the event hub; also the number of table partitions of a rollout. */
  readonly partitions: number;
  readonly throughputUnits: number;
  /** TWIN_UPDATES_PER_SECOND. */
  readonly tagsPerSecond: number;
  readonly imageBytes: number;
  readonly planName: string;
  readonly plan: Plan;
}

/** Something that every device needs once or more, and how much of it a second there is. */
export interface Step {
  readonly step: string;
  readonly amount: number;
  readonly unit: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly limit: string;
  readonly source: string;
  /** What moves the limit. */
  readonly setting: string;
}

export interface StageTime {
  readonly stage: string;
  /** Devices that are offered the image when the stage is open, and those that it adds. */
  readonly offered: number;
  readonly added: number;
  /** At least: whichever is longer, the soak time or the slowest step for the devices that it adds. */
  readonly seconds: number;
}

export interface FleetPlan {
  /** Once in the life of a fleet, before the first plan with a share of it; absent for other plans. */
  readonly tags: Step | undefined;
  /** They run at the same time, so the longest of them decides. */
  readonly steps: readonly Step[];
  readonly stages: readonly StageTime[];
  /** Seconds from the first stage to the last end, at least. */
  readonly seconds: number;
  readonly bottleneck: string;
  readonly messages: { readonly rollout: number; readonly aDay: number; readonly days: number };
  /** What does not fit at all; sentences that say what to do. */
  readonly problems: readonly string[];
}

/** How a rollout goes over a fleet as far as documented limits decide. Pure arithmetic, nothing is measured. */
export function fleetPlan(fleet: Fleet): FleetPlan {
  const steps = stepsFor(fleet, fleet.devices);
  const stages = stageTimes(fleet);
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const slowest = longest(steps);
  const messages = fleet.devices * assumptions.messagesADevice;
  const { messagesADay } = hubLimits(fleet.tier, fleet.units);
  return {
    tags: fleet.plan.stages.some(needsTags) ? tagging(fleet) : undefined,
    steps,
    stages,
    seconds,
    bottleneck: seconds > slowest.seconds ? bottleneckOf(fleet, slowest) : slowest.step,
    messages: { rollout: messages, aDay: messagesADay, days: Math.ceil(messages / messagesADay) },
    problems: problemsOf(fleet),
  };
}

/** A stage of everybody is the base condition alone; only smaller shares need the bucket tag. */
function needsTags(stage: Stage): boolean {
  return stage.kind === 'percent' && stage.percent < 100;
}

function tagging({ devices, tier, units, tagsPerSecond }: Fleet): Step {
  const hub = hubLimits(tier, units).twinUpdates;
  return stepOf(devices, 'twin updates', Math.min(tagsPerSecond, hub), {
    step: 'bucket tags',
    limit: tagsPerSecond <= hub ? 'the budget that is set' : 'twin updates of the hub',
    source: sources.iotHub,
    setting: 'TWIN_UPDATES_PER_SECOND',
  });
}

function stepsFor(fleet: Fleet, devices: number): readonly Step[] {
  const { tier, units, partitions, throughputUnits, imageBytes } = fleet;
  const hub = hubLimits(tier, units);
  const events = devices * assumptions.eventsADevice;
  const partitionRate = partitions * ENTITIES_A_TABLE_PARTITION;
  const atHub = { source: sources.iotHub, setting: 'tier and units of the hub' };
  return [
    stepOf(devices * assumptions.reportsADevice, 'twin updates', hub.twinUpdates, {
      step: 'reports of devices',
      limit: 'twin updates of the hub',
      ...atHub,
    }),
    stepOf(devices * assumptions.connectionsADevice, 'connections', hub.newConnections, {
      step: 'restarts of devices',
      limit: 'new connections of the hub',
      ...atHub,
    }),
    stepOf(devices * assumptions.twinReadsADevice, 'twin reads', hub.twinReads, {
      step: 'twin reads of devices',
      limit: 'twin reads of the hub',
      ...atHub,
    }),
    dailyMessages(devices * assumptions.messagesADevice, hub.messagesADay),
    stepOf(devices, 'requests', REQUESTS_A_BLOB, {
      step: 'downloads, requests',
      limit: 'requests for one blob',
      source: sources.blobs,
      setting: 'a CDN in DOWNLOAD_BASE_URL',
    }),
    stepOf(devices * imageBytes * 8, 'bits', EGRESS_AN_ACCOUNT, {
      step: 'downloads, bytes',
      limit: 'egress of the storage account',
      source: sources.account,
      setting: 'a CDN in DOWNLOAD_BASE_URL',
    }),
    stepOf(events, 'events', throughputUnits * EVENTS_A_THROUGHPUT_UNIT, {
      step: 'twin changes through Event Hubs',
      limit: 'ingress of the throughput units',
      source: sources.eventHubs,
      setting: 'throughput units of the namespace',
    }),
    stepOf(events, 'rows', Math.min(partitionRate, ENTITIES_AN_ACCOUNT), {
      step: 'ledger',
      limit:
        partitionRate <= ENTITIES_AN_ACCOUNT ? 'entities of table partitions' : 'entities of the account',
      source: sources.tables,
      setting: 'TWIN_EVENTS_PARTITIONS and the partitions of the event hub',
    }),
  ];
}

/** A quota is no rate: within the first day's it costs no time, and then each further day is waited for. */
function dailyMessages(messages: number, aDay: number): Step {
  return {
    step: 'messages a day',
    amount: messages,
    unit: 'messages',
    perSecond: aDay / 86_400,
    seconds: messages === 0 ? 0 : (Math.ceil(messages / aDay) - 1) * 86_400,
    limit: 'messages a day of the hub',
    source: sources.hubTiers,
    setting: 'tier and units of the hub',
  };
}

function stepOf(
  amount: number,
  unit: string,
  perSecond: number,
  words: Pick<Step, 'step' | 'limit' | 'source' | 'setting'>,
): Step {
  return { ...words, amount, unit, perSecond, seconds: amount / perSecond };
}

function stageTimes(fleet: Fleet): readonly StageTime[] {
  const { stages } = fleet.plan;
  let before = 0;
  return stages.map((stage) => {
    const offered = Math.max(before, offeredBy(stage, fleet.devices, before));
    const added = offered - before;
    before = offered;
    // The last gate decides nothing more; the rollout is complete when its soak time is over too.
    const soak = stage.gate.soakMinutes * 60;
    const slowest = longest(stepsFor(fleet, added)).seconds;
    return { stage: stage.name, offered, added, seconds: Math.max(soak, slowest) };
  });
}

/** How many devices a `where` selects is not known here: none are counted for it before everybody is. */
function offeredBy(stage: Stage, devices: number, before: number): number {
  if (stage.kind === 'where') return before;
  const share = Math.ceil((devices * stage.percent) / 100);
  return Math.min(devices, Math.max(share, before + stage.minDevices));
}

function longest(steps: readonly Step[]): Step {
  return steps.reduce((slowest, step) => (step.seconds > slowest.seconds ? step : slowest));
}

function bottleneckOf({ plan, planName }: Fleet, slowest: Step): string {
  const soak = plan.stages.reduce((sum, stage) => sum + stage.gate.soakMinutes * 60, 0);
  return soak > slowest.seconds ? `the soak times of the plan ${planName}` : slowest.step;
}

function problemsOf({ devices, tier, units }: Fleet): readonly string[] {
  const limits = hubLimits(tier, units);
  return [
    ...(units > limits.maxUnits
      ? [`${tier} has at most ${limits.maxUnits} units: take the next tier, or a second hub.`]
      : []),
    ...(devices > limits.devices
      ? [`A hub of tier ${tier} holds ${limits.devices} devices: take a larger tier, or several hubs.`]
      : []),
  ];
}
