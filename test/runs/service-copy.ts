import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Writable } from 'node:stream';
import { loadEnv } from '../../src/platform/env.js';
import { createLogger } from '../../src/platform/logger.js';
import { startService } from '../../src/service.js';
import type { RunningService } from '../../src/service.js';
import { makeDataDir } from '../support/data-dir.js';
import type { TestService } from '../support/service.js';

const nowhere = new Writable({
  write: (_chunk, _encoding, done) => {
    done();
  },
});

/** Another copy of a service, on the same database. */
export async function startCopy(service: TestService): Promise<RunningService> {
  const dataDir = await makeDataDir('copy');
  const env = loadEnv({
    HTTP_PORT: '0',
    TLS_PORT: '0',
    MQTT_PORT: '0',
    MQTTS_PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: service.database.url.expose(),
    MASTER_KEY_FILE: `${service.dataDir}/master.key`,
    KEY_LIMIT: '0',
  });
  const copy = await startService(env, createLogger('error', nowhere));
  return {
    ...copy,
    stop: async () => {
      await copy.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A line at which nobody answers. */
export interface DeadLine {
  readonly port: string;
  close(): Promise<void>;
}

export async function deadLine(): Promise<DeadLine> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).resume());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port: `tcp://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
