/** For the local cloud only, where nothing is secret: 24 bytes of text. */
export const LOCAL_WEBHOOK_SECRET = `whsec_${Buffer.from('local cloud: no secret !').toString('base64')}`;

/** App settings that send every kind of event to these addresses; none where there are none. */
export function webhookEnvironment(addresses: readonly string[]): Readonly<Record<string, string>> {
  if (addresses.length === 0) return {};
  return {
    WEBHOOK_URLS: addresses.join(','),
    WEBHOOK_SECRETS: LOCAL_WEBHOOK_SECRET,
    WEBHOOK_EVENTS: 'rollout,upload,device',
  };
}
