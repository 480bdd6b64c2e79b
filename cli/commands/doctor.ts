import type { Finding } from '../diagnosis.ts';
import { findingLines } from '../diagnosis.ts';
import { accessFindings, orFailed } from '../check-access.ts';
import { downloadFinding } from '../check-download.ts';
import { installationFindings } from '../check-installation.ts';
import { readinessFindings } from '../check-services.ts';
import type { Run } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandError } from '../failure.ts';
import { localCloud } from '../open-client.ts';
import { print } from '../print.ts';

/** `ota doctor` */
export const run: Run = async (call) => {
  const findings = await diagnosed(call);
  print(call, { value: findings }, () => findingLines(findings, call.world.out.look().columns));
  return findings.some(({ level }) => level === 'fail') ? exitCodes.no : exitCodes.ok;
};

async function diagnosed(call: Parameters<Run>[0]): Promise<readonly Finding[]> {
  let client;
  try {
    client = await call.client();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [{ check: 'settings', level: 'fail', text: error.message, next: error.next }];
  }
  const { baseUrl, key, token } = client.access;
  const who = key !== undefined ? 'with a function key' : token ? 'with an access token' : 'without a key';
  const settings: Finding = { check: 'settings', level: 'ok', text: `${baseUrl}, ${who}` };
  const access = await accessFindings(client);
  if (access.length === 1) return [settings, ...access];
  const services = await readinessFindings(client);
  if (!access.some(({ check, level }) => check === 'read' && level === 'ok')) {
    // Why nothing can be read: of a caller without the right, `read` says it; else it is one of the services.
    return [settings, ...access, ...services.filter(({ check }) => check !== 'ready')];
  }
  const local = await localCloud(call.world);
  const localRoot = local?.http === baseUrl ? local.ca : undefined;
  return [
    settings,
    ...access,
    ...services,
    ...(await installationFindings(client)),
    await orFailed('download', () => downloadFinding(client, localRoot)),
  ];
}
