import { readCommandLine, USAGE, UsageError } from './command-line.ts';
import { costDrivers } from './cost-drivers.ts';
import { fleetPlan } from './fleet-plan.ts';
import { planText } from './plan-text.ts';

try {
  process.stdout.write(answer());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}

function answer(): string {
  const command = readCommandLine(process.argv.slice(2));
  if (command.kind === 'help') return USAGE;
  const { fleet, prices, json } = command;
  const plan = fleetPlan(fleet);
  const drivers = costDrivers(fleet, prices);
  return json ? `${JSON.stringify({ fleet, ...plan, drivers }, null, 2)}\n` : planText(fleet, plan, drivers);
}
