import { deviceUpdateStates } from '../src/shared/status/device-update.ts';
import type { Argument, Command, Options } from './command.ts';
import { listOptions } from './take-entries.ts';
import type { Action } from './touched-devices.ts';

const rollout: Argument = { name: 'ROLLOUT', required: true };
const timeout = { type: 'string', value: 'SECONDS', text: 'how long to wait at most' } as const;

const publish: Command = {
  name: 'publish',
  summary: 'Upload an image and wait for what the app says of it',
  arguments: [{ name: 'FILE', required: true }],
  options: {
    version: { type: 'string', value: 'V', text: "its version (default: the one in the file's name)" },
    'device-type': { type: 'string', value: 'TYPE', text: 'the devices that it is for' },
    plan: { type: 'string', value: 'NAME', text: 'the plan that the rollout follows' },
    target: { type: 'string', value: 'CONDITION', text: 'which devices get it, as "tags.site=\'a\'"' },
    priority: { type: 'string', value: 'N', text: 'of the configuration; the highest wins' },
    label: { type: 'string', value: 'K=V', text: 'a label of the configuration', multiple: true },
    name: { type: 'string', value: 'PATH', text: "path in the drop box (default: the file's name)" },
    'dry-run': { type: 'boolean', text: 'check it and tell what would happen, release nothing' },
    watch: { type: 'boolean', text: 'then watch the rollout to its end' },
    storage: { type: 'string', value: 'URL', text: 'upload straight into this account (or OTA_STORAGE)' },
    container: { type: 'string', value: 'NAME', text: 'its drop box (default firmware)' },
    timeout: { ...timeout, text: 'how long to wait for the app (default 600)' },
  },
  details: [
    'Through the API, or straight into Blob Storage where an account is named. OTA_STORAGE may hold a connection\nstring; with a URL it is you who are signed in, with az login.',
  ],
  examples: [
    'ota publish .build/FirmwareOTA.ino.bin --version 1.0.1 --plan careful --watch',
    'ota publish FirmwareOTA-1.0.1.bin --target "tags.site=\'a\'" --dry-run',
  ],
  load: async () => (await import('./commands/publish.ts')).run,
};

const reading: readonly Command[] = [
  {
    name: 'status',
    summary: 'List rollouts, or show one',
    arguments: [{ ...rollout, required: false }],
    options: listOptions,
    examples: ['ota status', 'ota status fw-iotdevkit-1-0-1', 'ota status --output json'],
    load: async () => (await import('./commands/status.ts')).run,
  },
  {
    name: 'watch',
    summary: 'Watch a rollout until it ends',
    arguments: [rollout],
    options: { timeout },
    details: [
      'Drawn in place on a terminal, a line for each change in a pipe, a JSON document a line with --output json.',
      'Exit code 0 where the rollout completed, 1 where it was stopped or retired. Ctrl-C ends the watching alone.',
    ],
    examples: [
      'ota watch fw-iotdevkit-1-0-1',
      'ota watch fw-iotdevkit-1-0-1 --timeout 3600 | tee rollout.log',
    ],
    load: async () => (await import('./commands/watch.ts')).run,
  },
  {
    name: 'devices',
    summary: 'List the devices of a rollout',
    arguments: [rollout],
    options: {
      state: { type: 'string', value: 'STATE', text: 'in this state', choices: deviceUpdateStates },
      stuck: { type: 'boolean', text: 'only those at work for longer than the plan allows' },
      reason: { type: 'string', value: 'TEXT', text: 'only those that failed with exactly this reason' },
      ...listOptions,
    },
    examples: [
      'ota devices fw-iotdevkit-1-0-1 --state Failed --all',
      'ota devices fw-iotdevkit-1-0-1 --stuck --output json',
    ],
    load: async () => (await import('./commands/devices.ts')).run,
  },
  {
    name: 'device',
    summary: 'Show what happened to a device, with how long each step took',
    arguments: [{ name: 'ID', required: true }],
    options: {},
    examples: ['ota device devkit-0001'],
    load: async () => (await import('./commands/device.ts')).run,
  },
];

const steering: readonly Command[] = [
  steeringCommand('pause', 'Open no further stage', {}),
  steeringCommand('resume', 'Let a paused rollout go on', {}),
  steeringCommand('stop', 'Withdraw the offer from devices that have not begun; final', {}),
  steeringCommand('approve', 'Let the next stage open, or overrule a gate', {}),
  steeringCommand('retarget', 'Change whom the rollout targets, or its priority', {
    target: { type: 'string', value: 'CONDITION', text: 'which devices get it; "*" for all' },
    priority: { type: 'string', value: 'N', text: 'of the configuration; the highest wins' },
  }),
  steeringCommand('revert', 'Go back to the release before', {
    version: { type: 'string', value: 'V', text: 'publish the old image under this, higher version' },
  }),
  steeringCommand('retire', 'Remove the configuration of an ended rollout from IoT Hub', {}),
];

const lists: readonly Command[] = [
  {
    name: 'journal',
    summary: 'List the decisions on a rollout: what, when, by whom and why',
    arguments: [rollout],
    options: listOptions,
    examples: ['ota journal fw-iotdevkit-1-0-1'],
    load: async () => (await import('./commands/journal.ts')).run,
  },
  {
    name: 'releases',
    summary: 'List admitted images',
    arguments: [],
    options: {
      'device-type': { type: 'string', value: 'TYPE', text: 'only those for these devices' },
      ...listOptions,
    },
    examples: ['ota releases --device-type IoTDevKit'],
    load: async () => (await import('./commands/releases.ts')).run,
  },
  {
    name: 'refusals',
    summary: 'List uploads that were not admitted, and what to do about each',
    arguments: [],
    options: listOptions,
    examples: ['ota refusals --limit 5'],
    load: async () => (await import('./commands/refusals.ts')).run,
  },
  {
    name: 'dead-letters',
    summary: 'List events that could not be understood, or run them through again',
    arguments: [],
    options: {
      replay: { type: 'boolean', text: 'run them through the ledger again, after a fix' },
      ...listOptions,
    },
    details: ['With --replay the exit code is 1 where one is still not understood.'],
    examples: ['ota dead-letters', 'ota dead-letters --replay --all'],
    load: async () => (await import('./commands/dead-letters.ts')).run,
  },
];

const tools: readonly Command[] = [
  {
    name: 'crc',
    summary: 'Print what the IoT Workbench prints for "Generate CRC for OTA"',
    arguments: [{ name: 'FILE', required: true }],
    options: {},
    examples: ['ota crc .build/FirmwareOTA.ino.bin'],
    load: async () => (await import('./commands/crc.ts')).run,
  },
  {
    name: 'doctor',
    summary: 'Check access, rights, services, routes, tags, quota, and the way of a device to its download',
    arguments: [],
    options: {},
    details: ['Changes nothing. Exit code 1 where a check failed.'],
    examples: ['ota doctor', 'ota doctor --url https://example.azurewebsites.net --output json'],
    load: async () => (await import('./commands/doctor.ts')).run,
  },
  {
    name: 'completion',
    summary: 'Print what completes commands and options in a shell',
    arguments: [{ name: 'SHELL', required: true }],
    options: {},
    examples: ['source <(ota completion bash)', 'source <(ota completion zsh)'],
    load: async () => (await import('./commands/completion.ts')).completion(commands),
  },
];

/** All that there is, in the order of the help. */
export const commands: readonly Command[] = [publish, ...reading, ...steering, ...lists, ...tools];

function steeringCommand(action: Action, summary: string, options: Options): Command {
  const own = { retarget: ' --target "*"', revert: ' --version 1.0.2' };
  const example = action === 'retarget' || action === 'revert' ? own[action] : '';
  return {
    name: action,
    summary,
    arguments: [rollout],
    options: {
      reason: { type: 'string', value: 'TEXT', text: 'why; it enters the journal (required)' },
      ...options,
      yes: { type: 'boolean', text: 'do not ask; needed where there is no terminal' },
    },
    details: [
      'Says first how many devices it touches, and asks. Fails (6) where the rollout has moved on meanwhile.',
    ],
    examples: [`ota ${action} fw-iotdevkit-1-0-1${example} --reason "Calls from the field"`],
    load: async () => (await import('./commands/steer.ts')).steer(action),
  };
}
