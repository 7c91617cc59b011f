import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { removeEmbeddedPostgres } from '../platform/database/embedded/place.js';
import { startSimulator } from '../simulator/simulator.js';
import { playProduction } from './production.js';
import { startServiceProcess } from './service-process.js';
import type { ServiceProcess } from './service-process.js';
import { Stage } from './stage.js';

const slots = 8;

/**
 * Shows a whole production run: service, order, jig, logins, one type one secret.
 *
 * Shape: answers the exit code, 0 only if every check held; leaves nothing behind unless a folder
 * to keep is named.
 */
export async function demo(keep?: string): Promise<number> {
  const stage = new Stage();
  const dataDir = await makeFolder(keep);
  const interrupted = interruption();
  let service: ServiceProcess | undefined;
  const simulator = await startSimulator({ slots });
  try {
    stage.say('Triplemint demo: a production run on real parts, all of it on this machine.');
    stage.chapter('The service starts');
    service = await Promise.race([startServiceProcess(dataDir), interrupted]);
    stage.say(`   ready at ${service.urls.http}, ${service.urls.mqtt} and ${service.urls.mqtts}`);
    await Promise.race([playProduction(stage, service, simulator), interrupted]);
  } catch (error) {
    stage.check(false, error instanceof Error ? error.message : 'the demo broke off');
  } finally {
    await service?.stop();
    await simulator.close();
    if (keep === undefined) {
      await removeEmbeddedPostgres(dataDir);
      await rm(dataDir, { recursive: true, force: true });
    }
  }
  stage.say(stage.hasFailed ? '\nThe demo FAILED: see the ✖ above.' : '\nEverything held.');
  return stage.hasFailed ? 1 : 0;
}

async function makeFolder(keep: string | undefined): Promise<string> {
  if (keep === undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'triplemint-demo-'));
    // As root, PostgreSQL runs as another user, which must be able to pass.
    await chmod(folder, 0o711);
    return folder;
  }
  const folder = resolve(keep);
  await mkdir(folder, { mode: 0o711 });
  return folder;
}

/** Rejects at Ctrl-C, so that what was started is stopped. */
function interruption(): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        reject(new Error('interrupted'));
      });
    }
  });
  promise.catch(() => undefined);
  return promise;
}
