/** Letters, digits, `-` and `_`: what fits a hub query's quotes, a blob's path and a configuration's id. */
const DEVICE_TYPE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** True where `text` may be a device type, as devices report it in `reported.firmware.type`. */
export function isDeviceType(text: string): boolean {
  return DEVICE_TYPE.test(text);
}
