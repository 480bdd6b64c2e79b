import { ApiClient } from '../../client/api-client.ts';
import { accessKey } from './access-key.ts';

/** The API that this page belongs to, with the key that the person has given. */
export function apiClient(): ApiClient {
  return new ApiClient({ baseUrl: '', key: accessKey.value });
}
