/** App settings as the process has them: the environment. */
export type AppSettings = Readonly<Record<string, string | undefined>>;

/** A setting that a binding names and that is absent or cannot be used locally. */
export class SettingError extends Error {
  readonly code = 'SETTING_UNUSABLE';
  readonly setting: string;
  constructor(setting: string, message: string) {
    super(message);
    this.name = 'SettingError';
    this.setting = setting;
  }
}

/**
 * Replaces each `%NAME%` in a binding's text (container, event hub, consumer group, schedule) by that
 * app setting. Throws a SettingError that names the first one missing.
 */
export function expandSettings(text: string, settings: AppSettings): string {
  return text.replaceAll(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined) {
      throw new SettingError(
        name,
        `The app setting "${name}" is missing; a binding asks for it with %${name}%.`,
      );
    }
    return value;
  });
}

/**
 * The connection string that a binding's `connection` names: the setting itself, or with the prefix
 * `AzureWebJobs`, as Azure looks them up. Identity-based connections (`NAME__…`) are refused: there is
 * no identity to prove to the local cloud.
 */
export function connectionString(name: string, settings: AppSettings): string {
  const value = settings[name] || settings[`AzureWebJobs${name}`];
  if (value) return value;
  const identityBased = Object.keys(settings).find(
    (key) => key.startsWith(`${name}__`) || key.startsWith(`AzureWebJobs${name}__`),
  );
  if (identityBased !== undefined) {
    throw new SettingError(
      name,
      `The connection "${name}" is identity-based (${identityBased}); the local function host needs a connection string in "${name}".`,
    );
  }
  throw new SettingError(
    name,
    `The app setting "${name}" is missing; a binding uses it as its connection string.`,
  );
}
