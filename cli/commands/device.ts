import { reads } from '../../client/reads.ts';
import type { Run } from '../command.ts';
import { deviceLines } from '../device-view.ts';
import { exitCodes } from '../exit-codes.ts';
import { print } from '../print.ts';

/** `ota device ID` */
export const run: Run = async (call) => {
  const client = await call.client();
  const [id = ''] = call.args;
  const device = await client.get(reads.device(id));
  print(call, device, () => deviceLines(device, call.world.now()));
  return exitCodes.ok;
};
