import path from 'node:path';
import type { AppSettings } from './settings-expansion.ts';

/**
 * What receipts and timer status are kept under. `AzureFunctionsWebHost__hostid` sets it, as in Azure;
 * otherwise it is the name of the app's directory, so that it stays the same over restarts.
 */
export function hostIdOf(appDir: string, settings: AppSettings): string {
  const configured = settings['AzureFunctionsWebHost__hostid'];
  if (configured) return configured;
  const name = path
    .basename(path.resolve(appDir))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  // Azure's limits for a host id: 1 to 32 characters, no dash at either end.
  return name.slice(0, 32).replaceAll(/^-+|-+$/g, '') || 'local';
}
