import type { Readiness } from '../../client/answers.ts';
import { counted } from './numbers.ts';

const SERVICES: Readonly<Record<string, string>> = {
  tables: 'Table Storage',
  firmwareContainer: 'the container of uploads',
  releasesContainer: 'the container of releases',
  iotHub: 'IoT Hub',
  twinEvents: 'the event hub',
};
/** From here on the counts are visibly late. */
const MUCH = 1000;

/** Readiness in a sentence. */
export function healthInWords({ checks }: Readiness): { tone: 'good' | 'warn' | 'bad'; text: string } {
  const broken = Object.entries(checks).filter(([, { ok }]) => !ok);
  if (broken.length > 0) {
    const each = broken.map(
      ([name, { reason = 'no reason given' }]) => `${SERVICES[name] ?? name} (${reason})`,
    );
    return { tone: 'bad', text: `Not answering: ${each.join(', ')}` };
  }
  const lag = Object.values(checks).reduce((sum, check) => sum + (check.lag ?? 0), 0);
  if (lag >= MUCH)
    return { tone: 'warn', text: `All services answer; ${counted(lag, 'report')} not yet recorded` };
  return {
    tone: 'good',
    text: lag === 0 ? 'All services answer' : `All services answer; ${counted(lag, 'report')} on the way`,
  };
}
