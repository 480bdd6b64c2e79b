/**
 * The documented limits that the hub enforces; sizes are UTF-8 bytes.
 * Sources: https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-quotas-throttling,
 * .../iot-hub-devguide-device-twins#device-twin-size, .../query-twins, .../iot-hub-automatic-device-management.
 */
export interface HubLimits {
  configurations: number;
  customMetrics: number;
  tagsBytes: number;
  desiredBytes: number;
  reportedBytes: number;
  keyBytes: number;
  valueBytes: number;
  depth: number;
  queryCharacters: number;
  /** Rows of a query page where the client asks for no number. */
  defaultPage: number;
  maxPage: number;
  bulkDevices: number;
  requestBytes: number;
  deviceId: RegExp;
  configurationId: RegExp;
}

/** A hub of a basic or standard tier. */
export const standardLimits: HubLimits = {
  configurations: 100,
  customMetrics: 5,
  tagsBytes: 8 * 1024,
  desiredBytes: 32 * 1024,
  reportedBytes: 32 * 1024,
  keyBytes: 1024,
  valueBytes: 4 * 1024,
  depth: 10,
  queryCharacters: 8192,
  defaultPage: 100,
  maxPage: 1000,
  bulkDevices: 100,
  requestBytes: 1024 * 1024,
  deviceId: /^[A-Za-z0-9\-.%_#*?!(),:=@$']{1,128}$/,
  configurationId: /^[a-z0-9\-+%_*!']{1,128}$/,
};

/** A hub of the free tier: ten configurations. */
export const freeLimits: HubLimits = { ...standardLimits, configurations: 10 };
