import type { Simulator } from '../../src/simulator/options.js';
import type { TestService } from './service.js';

/** A slot of a run as it is answered. */
export interface ShownSlot {
  readonly slot: number;
  readonly phase: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly dialect: string | null;
  readonly unit: string | null;
  readonly deviceName: string | null;
  readonly claimId: string | null;
  readonly isVolatile: boolean;
  readonly durationMs: number;
  readonly transcript: readonly { readonly direction: string; readonly text: string }[] | null;
}

/** A run as it is answered. */
export interface ShownRun {
  readonly runId: string;
  readonly state: string;
  readonly slots: readonly ShownSlot[];
}

/** A station as it is answered when it is enrolled. */
export interface MadeStation {
  readonly stationId: string;
  readonly key: string;
}

let stationCount = 0;

/** Enrols a station with the given ports as its slots 1, 2, … */
export async function makeStation(
  { call }: TestService,
  ports: readonly string[] = [],
): Promise<MadeStation> {
  stationCount += 1;
  const { body } = await call<MadeStation>('POST', '/api/v1/stations', {
    name: `bench ${stationCount}`,
  });
  const slots = ports.map((port, index) => ({ slot: index + 1, port }));
  if (slots.length > 0) await call('PUT', `/api/v1/stations/${body.stationId}/slots`, slots);
  return body;
}

/** The ports of a simulated jig, as a station names them. */
export function portsOf({ ports }: Simulator): string[] {
  return ports.map(({ host, port }) => `tcp://${host}:${port}`);
}

/** Starts a run and waits for its end. */
export async function runToEnd(
  service: TestService,
  station: MadeStation,
  request: { readonly orderId: string } & Readonly<Record<string, unknown>>,
): Promise<ShownRun> {
  const started = await service.call<ShownRun>('POST', '/api/v1/runs', request, station.key);
  if (started.status !== 202) throw new Error(`no run: ${started.text}`);
  return await untilEnded(service, station, started.body.runId);
}

/** Waits until a run is no longer running. */
export async function untilEnded(
  { call }: TestService,
  station: MadeStation,
  runId: string,
): Promise<ShownRun> {
  for (;;) {
    const path = `/api/v1/runs/${runId}`;
    const { body } = await call<ShownRun>('GET', path, undefined, station.key);
    if (body.state !== 'running') return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
