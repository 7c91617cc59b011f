import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DomainError } from '../core/errors.js';
import { errorCode } from '../platform/database/embedded/file-errors.js';
import { removeEmbeddedPostgres } from '../platform/database/embedded/place.js';
import { startSimulator } from '../simulator/simulator.js';
import { playProduction } from './production.js';
import { startServiceProcess } from './service-process.js';
import { Stage } from './stage.js';

const slots = 8;

/**
 * Shows a whole production run: service, order, jig, logins, one type one secret.
 *
 * Shape: answers the exit code, 0 only if every check held; leaves nothing behind unless a folder
 * to keep is named, at Ctrl-C neither.
 */
export async function demo(keep?: string): Promise<number> {
  const interrupted = interruption();
  const dataDir = await makeFolder(keep);
  if (dataDir === undefined) return 1;
  const stage = new Stage();
  try {
    await play(stage, dataDir, interrupted);
  } catch (error) {
    stage.check(false, textOf(error));
  }
  if (keep === undefined) await removeFolder(stage, dataDir);
  stage.say(stage.hasFailed ? '\nThe demo FAILED: see the ✖ above.' : '\nEverything held.');
  return stage.hasFailed ? 1 : 0;
}

/** Whatever ends the play, service and jig have ended when this has. */
async function play(stage: Stage, dataDir: string, interrupted: Promise<never>): Promise<void> {
  const simulator = await startSimulator({ slots });
  stage.say('Triplemint demo: a production run on real parts, all of it on this machine.');
  stage.chapter('The service starts');
  const started = startServiceProcess(dataDir);
  try {
    const service = await Promise.race([started.ready, interrupted]);
    stage.say(`   ready at ${service.urls.http}, ${service.urls.mqtt} and ${service.urls.mqtts}`);
    await Promise.race([playProduction(stage, service, simulator), interrupted]);
  } catch (error) {
    stage.check(false, textOf(error));
  } finally {
    await simulator.close();
    await started.stop();
  }
}

/** Shape: nothing if it cannot be made; one line says why. */
async function makeFolder(keep: string | undefined): Promise<string | undefined> {
  try {
    if (keep !== undefined) return await makeKeptFolder(resolve(keep));
    const folder = await mkdtemp(join(tmpdir(), 'triplemint-demo-'));
    // As root, PostgreSQL runs as another user, which must be able to pass.
    await chmod(folder, 0o711);
    return folder;
  } catch (error) {
    process.stderr.write(`The folder for the data cannot be made: ${textOf(error)}\n`);
    return undefined;
  }
}

async function makeKeptFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { mode: 0o711 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    throw new Error(`${folder} exists already; --keep takes one that does not.`, { cause: error });
  }
  return folder;
}

async function removeFolder(stage: Stage, dataDir: string): Promise<void> {
  try {
    await removeEmbeddedPostgres(dataDir);
    // A killed initdb may still write for a moment.
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
  } catch (error) {
    stage.check(false, `${dataDir} cannot be removed, please delete it: ${textOf(error)}`);
  }
}

function textOf(error: unknown): string {
  if (error instanceof DomainError) return error.detail;
  return error instanceof Error ? error.message : 'the demo broke off';
}

/** Rejects at Ctrl-C, so that what was started is stopped; a second one does not cut that short. */
function interruption(): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        reject(new Error('interrupted'));
      });
    }
  });
  promise.catch(() => undefined);
  return promise;
}
