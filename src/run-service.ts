import { DomainError } from './core/errors.js';
import { loadEnv, processEnv } from './platform/env.js';
import type { Env } from './platform/env.js';
import { createLogger } from './platform/logger.js';
import type { Logger } from './platform/logger.js';
import { startService } from './service.js';
import type { RunningService } from './service.js';

/** Exit codes: 0 after an orderly stop, 1 when the start failed, 2 for a wrong setting. */
const startFailed = 1;
const wrongSetting = 2;

/** Runs the service until SIGTERM or SIGINT; prints where it is when it is ready. */
export async function runService(): Promise<void> {
  const stopAsked = stopSignal();
  const env = readEnv();
  if (!env) return;
  const log = createLogger(env.logLevel);
  const service = await start(env, log);
  if (!service) return;
  for (const notice of service.notices) say(notice);
  const { http, https, mqtt, mqtts } = service.urls;
  say(`triplemint is ready: ${http} ${https} ${mqtt} ${mqtts}`);
  await stopAsked;
  await service.stop();
  process.exit(0);
}

/** A signal during the start waits for its end, so that nothing is left half open. */
async function stopSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        resolve();
      });
    }
  });
}

function readEnv(): Env | undefined {
  try {
    return loadEnv(processEnv());
  } catch (error) {
    fail(error, wrongSetting);
    return undefined;
  }
}

async function start(env: Env, log: Logger): Promise<RunningService | undefined> {
  try {
    return await startService(env, log);
  } catch (error) {
    if (!(error instanceof DomainError)) log.fatal({ err: error }, 'service.start_failed');
    fail(error, startFailed);
    return undefined;
  }
}

/** One line that says what stopped the start; the log has the rest. */
function fail(error: unknown, exitCode: number): void {
  const line = error instanceof DomainError ? `${error.code}: ${error.detail}` : 'internal error';
  process.stderr.write(`triplemint cannot start: ${line}\n`);
  process.exitCode = exitCode;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
