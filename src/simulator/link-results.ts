import type { IClientOptions } from 'mqtt';
import type { Login } from './login.js';

export type Qos = 0 | 1 | 2;

/** A topic with its quality of service. */
export interface Topic {
  readonly name: string;
  readonly qos: Qos;
}

/** The last will of a unit. */
export interface Will extends Topic {
  readonly isRetained: boolean;
  readonly payload: Buffer;
}

/** A login with the settings of the MQTT session. Units: `keepAliveSeconds`. */
export interface LinkLogin extends Login {
  readonly version: 3 | 4;
  readonly isClean: boolean;
  readonly keepAliveSeconds: number;
  readonly will: Will | undefined;
}

/** Longest wait for CONNACK. Source: LMQTT notes, AT+LMQTTCONN answers within 30 s. */
const connackTimeoutMs = 30_000;

/** Translates a login for the MQTT library; it must never reconnect by itself. */
export function clientOptions(login: LinkLogin): IClientOptions {
  const { will, username, password } = login;
  return {
    clientId: login.clientId,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.expose() }),
    protocolId: login.version === 3 ? 'MQIsdp' : 'MQTT',
    protocolVersion: login.version,
    clean: login.isClean,
    keepalive: login.keepAliveSeconds,
    ...(will && {
      will: { topic: will.name, payload: will.payload, qos: will.qos, retain: will.isRetained },
    }),
    reconnectPeriod: 0,
    connectTimeout: connackTimeoutMs,
    resubscribe: false,
  };
}

/** The `ext` of a failed `+LMQTTOPEN`: 4 name not found, 5 no connection. Source: LMQTT notes. */
export function openFailureOf(error: Error | undefined): number {
  const code = codeOf(error);
  return code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 4 : 5;
}

/**
 * The `stat` of `+LMQTTURC: STATS` for a lost link.
 *
 * Shape: 1 reset by the server, 9 another connection error, 11 closed by the server.
 * Source: LMQTT notes.
 */
export function lossOf(error: Error | undefined): number {
  if (!error) return 11;
  return codeOf(error) === 'ECONNRESET' ? 1 : 9;
}

/** A callback that is heard once. */
export function reportOnce<T>(done: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (isDone) return;
    isDone = true;
    done(value);
  };
}

function codeOf(error: Error | undefined): unknown {
  return error && 'code' in error ? error.code : undefined;
}
