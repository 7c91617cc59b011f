import type { SimulatedPort } from '../simulator/options.js';
import { poll } from '../commands/api-client.js';
import type { Api } from '../commands/api-client.js';
import type { Stage } from './stage.js';

/** A run as the API shows it. */
export interface ShownRun {
  readonly runId: string;
  readonly state: string;
  readonly slots: readonly ShownSlot[];
}

/** A slot of a run as the API shows it. */
export interface ShownSlot {
  readonly slot: number;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly unit: string | null;
  readonly deviceName: string | null;
  readonly durationMs: number | null;
  readonly transcript:
    readonly { readonly atMs: number; readonly direction: string; readonly text: string }[] | null;
}

/** Places an order and waits until it can be used. */
export async function placeOrder(
  api: Api,
  productKey: string,
  order: { readonly quantity: number; readonly prefix: string; readonly provisioning: string },
): Promise<string> {
  const { orderId } = await api.post<{ orderId: string }>(`/products/${productKey}/orders`, {
    quantity: order.quantity,
    naming: { kind: 'sequence', prefix: order.prefix, width: 5 },
    provisioning: order.provisioning,
  });
  await poll(
    () => api.get<{ state: string }>(`/orders/${orderId}`),
    ({ state }) => state !== 'minting',
  );
  return orderId;
}

/** Enrols a station whose slots are the ports of the simulated jig; answers its key. */
export async function enrolStation(api: Api, ports: readonly SimulatedPort[]): Promise<string> {
  const station = await api.post<{ stationId: string; key: string }>('/stations', {
    name: 'DEMO-L1-PROV01',
    line: 'demo line',
  });
  await api.put(
    `/stations/${station.stationId}/slots`,
    ports.map(({ slot, host, port }) => ({
      slot,
      port: `tcp://${host}:${port}`,
      dialect: 'lierda-lmqtt',
    })),
  );
  return station.key;
}

/** Closes the jig: starts a run, tells of each slot as it ends, answers the whole. */
export async function closeJig(
  stage: Stage,
  api: Api,
  orderId: string,
  slots?: readonly number[],
): Promise<ShownRun> {
  const { runId } = await api.post<{ runId: string }>('/runs', {
    orderId,
    ...(slots && { slots }),
  });
  const told = new Set<number>();
  return await poll(
    () => api.get<ShownRun>(`/runs/${runId}`),
    (run) => {
      for (const slot of run.slots.filter(({ outcome }) => outcome !== null)) {
        if (told.has(slot.slot)) continue;
        told.add(slot.slot);
        stage.check(slot.outcome === 'PASS', slotLine(slot));
      }
      return run.state !== 'running' && told.size === run.slots.length;
    },
  );
}

function slotLine({ slot, outcome, reason, unit, deviceName, durationMs }: ShownSlot): string {
  const why = reason === null ? '' : ` (${reason})`;
  return `slot ${slot}  ${outcome ?? ''}${why}  IMEI ${unit ?? '?'}  ${deviceName ?? '-'}  ${durationMs ?? 0} ms`;
}
