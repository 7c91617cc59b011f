import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from '../../src/agent/bench.js';
import { Journal } from '../../src/agent/journal.js';
import { Owner } from '../../src/agent/owner.js';
import type { JigMode } from '../../src/jig/batch.js';
import type { Patience } from '../../src/agent/patience.js';
import { jigSlots } from '../../src/agent/slots.js';
import { askMe } from '../../src/agent/station.js';
import type { Work } from '../../src/agent/station.js';
import { Api } from '../../src/commands/api-client.js';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { SimulatorOptions } from '../../src/simulator/options.js';
import { makeStation, portsOf } from '../support/jig.js';
import type { MadeStation } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import type { TestService } from '../support/service.js';
import { openLink } from './link.js';
import type { Link } from './link.js';

/** Short pauses between tries; what must come has all the time it needs. Units: milliseconds. */
const quick: Patience = {
  firstMs: 10,
  mostMs: 50,
  claimMs: 20_000,
  confirmMs: 200,
  endMs: 20_000,
};

/** A bench PC in front of a service: modules, a line that can be cut, a folder, an order. */
export interface Site {
  readonly simulator: Simulator;
  readonly station: MadeStation;
  readonly link: Link;
  readonly folder: string;
  readonly productKey: string;
  readonly work: Work;
  /** The address of the service through the line. */
  readonly server: string;
  /** The order as the service counts it. */
  counts(): Promise<ShownOrder>;
  close(): Promise<void>;
}

/** Sets up a site of its own for a test. */
export async function openSite(service: TestService, options: SimulatorOptions): Promise<Site> {
  const simulator = await startSimulator({ bootMs: 20, ...options });
  const station = await makeStation(service);
  const link = await openLink(() => Number(new URL(service.service.urls.https).port));
  const folder = await mkdtemp(join(tmpdir(), 'triplemint-agent-'));
  const { productKey } = await makeProduct(service);
  const { orderId } = await makeOrder(service, productKey, { quantity: 20 });
  const slots = portsOf(simulator).map((port, index) => ({ slot: index + 1, port, dialect: null }));
  return {
    simulator,
    station,
    link,
    folder,
    productKey,
    work: { slots: jigSlots(slots), orderId },
    server: `https://127.0.0.1:${link.port}`,
    counts: async () => (await service.call<ShownOrder>('GET', `/api/v1/orders/${orderId}`)).body,
    close: async () => {
      await Promise.all([simulator.close(), link.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An agent in this process, with everything it said. */
export interface RunningBench {
  readonly bench: Bench;
  readonly said: readonly string[];
  /** The paths of what it asked of the service. */
  readonly asked: readonly string[];
  /** How each slot is shown. */
  readonly shown: ReadonlyMap<number, string>;
  /** Sends its signal. */
  stop(): void;
  /** Waits for a line; also one that has been said. */
  line(wanted: RegExp): Promise<string>;
  /** Calls back when a line is said. */
  on(wanted: RegExp, act: () => void): void;
  close(): Promise<boolean>;
}

/** Starts an agent on the folder of a site. */
export async function openBench(
  service: TestService,
  site: Site,
  patience: Partial<Patience> = {},
  mode?: JigMode,
): Promise<RunningBench> {
  const said: string[] = [];
  const watchers = new Set<(line: string) => void>();
  const hear = (line: string): void => {
    said.push(line);
    for (const watch of [...watchers]) watch(line);
  };
  const ca = await readFile(service.service.urls.ca ?? '', 'utf8');
  const journal = await Journal.open(site.folder);
  const asked: string[] = [];
  const shown = new Map<number, string>();
  const stop = new AbortController();
  class HeardApi extends Api {
    override post<T>(...request: Parameters<Api['post']>): Promise<T> {
      asked.push(request[0]);
      return super.post(...request);
    }
  }
  const api = new HeardApi({ base: site.server, ca, silenceMs: 10_000 }, site.station.key);
  const owner = new Owner({ journal, server: site.server, askMe: () => askMe(api) });
  const bench = new Bench({
    api,
    journal,
    owner,
    patience: { ...quick, ...patience },
    isVerbose: true,
    mode,
    signal: stop.signal,
    folder: site.folder,
    view: {
      say: hear,
      warn: hear,
      show: ({ slot, state, more }) => shown.set(slot, `${state} ${more}`),
      showIdle: ({ slot, state, more }) => shown.set(slot, `${state} ${more}`),
      showQueue: hear,
      clear: () => undefined,
    },
  });
  return {
    bench,
    said,
    asked,
    shown,
    stop: () => {
      stop.abort();
    },
    line: async (wanted) => {
      const found = said.find((line) => wanted.test(line));
      if (found !== undefined) return found;
      return await new Promise((resolve) => {
        const watch = (line: string): void => {
          if (!wanted.test(line)) return;
          watchers.delete(watch);
          resolve(line);
        };
        watchers.add(watch);
      });
    },
    on: (wanted, act) => {
      const watch = (line: string): void => {
        if (!wanted.test(line)) return;
        watchers.delete(watch);
        act();
      };
      watchers.add(watch);
    },
    close: async () => {
      const isGood = await bench.close();
      await journal.close();
      return isGood;
    },
  };
}
