/** From this share of the quota on, somebody should know: percent. */
const WARN_FROM = 80;

/**
 * What to say of the number of configurations on the hub, whoever made them; undefined while there is
 * room. Pure.
 * @param quota 100 on most tiers, 10 on the free one
 * (https://learn.microsoft.com/azure/iot-hub/iot-hub-automatic-device-management)
 */
export function quotaWarning(configurations: number, quota: number): string | undefined {
  if (configurations > quota) {
    return `The hub holds ${quota} configurations and takes no further one: retire rollouts that are over, or remove configurations that nobody needs.`;
  }
  if (configurations * 100 < quota * WARN_FROM) return undefined;
  return `${configurations} of the ${quota} configurations that the hub can hold are in use: retire rollouts that are over.`;
}
