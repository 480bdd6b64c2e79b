import type { DeviceUpdate } from '../../client/answers.ts';
import { DeviceBadge, Flag } from '../parts/badges.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';

/** Devices on their way through the rollout, a line each. */
export function DeviceTable({ devices }: { devices: readonly DeviceUpdate[] }) {
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label="Devices, a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col">Runs</th>
            <th scope="col" class="number">
              Attempt
            </th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <tr key={device.deviceId}>
              <th scope="row">
                <a href={links.device(device.deviceId)}>{device.deviceId}</a>
              </th>
              <td>
                <DeviceBadge state={device.state} />
                {device.stuck !== undefined && (
                  <>
                    {' '}
                    <Flag tone="warn">stuck</Flag>
                  </>
                )}
              </td>
              <td>
                <When time={device.since} />
              </td>
              <td class="number-left">{device.currentVersion ?? 'unknown'}</td>
              <td class="number">{device.attempt}</td>
              <td class="wraps">{device.stuck?.text ?? device.reason ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
