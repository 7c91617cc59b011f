import { parseClientId, parseUsername } from '../core/client-id.js';
import type { LoggedInDevice } from './device-login.service.js';
import type { DeviceNames } from './device-map.js';
import type { LoginRequest } from './login-request.js';

/** Who holds connections of devices, or answers for them, and can end them. */
export interface Connections {
  /** The devices that are connected now: all, or at least those of some names. */
  connected(names?: DeviceNames): readonly LoggedInDevice[];
  /** Ends what a device has here, if it has anything. */
  cut(device: LoggedInDevice): void;
}

/**
 * Reads from a login who it wants to be; nothing is proven by it.
 *
 * Shape: undefined when the user name is none of a device, such as that of a site's own program.
 */
export function claimedDevice(
  login: Pick<LoginRequest, 'clientId' | 'username'>,
): LoggedInDevice | undefined {
  const names = parseUsername(login.username ?? '');
  const parsed = parseClientId(login.clientId);
  if (!names || parsed?.params.get('authType') !== 'connwl') return names;
  return { ...names, clientId: parsed.id };
}
