import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstAdmin } from './access/first-admin.js';
import { KeyedRequests } from './access/keyed-requests.js';
import { AppModule } from './app.module.js';
import { entities } from './entities.js';
import { serveOpenApi } from './openapi.js';
import { BrokerAddress } from './platform/broker-address.js';
import type { Env } from './platform/env.js';
import { HealthService } from './platform/health/health.service.js';
import { ErrorEdges } from './platform/http/error-edges.js';
import { NestLogger } from './platform/http/nest-logger.js';
import { takeCsvBodies } from './platform/http/csv-body.js';
import { refuseForms } from './platform/http/json-only.js';
import { answerFrameworkError } from './platform/http/problem.filter.js';
import { refusePlainHttp } from './platform/http/plain-http.js';
import { answerUnreadable } from './platform/http/unreadable.js';
import { validationPipe } from './platform/http/validation.js';
import type { Ports } from './platform/listeners/listeners.js';
import type { Logger } from './platform/logger.js';
import { openPlatform } from './platform/platform.js';
import type { Platform } from './platform/platform.js';
import { Signals } from './platform/signals/signals.js';
import { ProductDirectory } from './products/product-directory.js';
import { removeServiceFile, writeServiceFile } from './service-file.js';
import type { ServiceFile } from './service-file.js';

/** A service that answers. */
export interface RunningService {
  readonly urls: ServiceFile;
  readonly ports: Ports;
  readonly notices: readonly string[];
  readonly app: NestFastifyApplication;
  /** Stops in order: listeners, capabilities, database. Units: at most ten seconds. */
  stop(): Promise<void>;
}

/** Units: bytes; a file of `csv-body.ts` may be larger. */
const bodyLimit = 1_048_576;

/**
 * Starts the whole service and answers when it is ready.
 *
 * Errors: `env.invalid`, `port.in_use`, `keys.*`, `tls.*`, `database.*`: each one clear line.
 */
export async function startService(env: Env, log: Logger): Promise<RunningService> {
  const platform = await openPlatform(env, log, entities);
  let app: NestFastifyApplication | undefined;
  try {
    app = await createApp(platform);
    return await open(platform, app);
  } catch (error) {
    await platform.listeners.stop(0);
    await app?.close();
    await platform.close();
    throw error;
  }
}

async function createApp(platform: Platform): Promise<NestFastifyApplication> {
  const { env, listeners, log } = platform;
  const adapter = new FastifyAdapter({
    serverFactory: listeners.serverFactory,
    trustProxy: env.trustProxy,
    bodyLimit,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: (error, socket) => {
      answerUnreadable(error, socket, app.get(ErrorEdges));
    },
    forceCloseConnections: false,
  });
  const options: NestApplicationOptions = { logger: new NestLogger(log), abortOnError: false };
  const root = AppModule.of(platform);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, options);
  app.useGlobalPipes(validationPipe());
  const fastify = app.getHttpAdapter().getInstance();
  refusePlainHttp(fastify, env.plainHttp);
  refuseForms(fastify);
  app.get(KeyedRequests).follow(fastify);
  takeCsvBodies(fastify);
  serveOpenApi(app);
  return app;
}

async function open(platform: Platform, app: NestFastifyApplication): Promise<RunningService> {
  const { env, listeners, tls, log } = platform;
  await app.get(Signals).start();
  await app.get(ProductDirectory).start();
  const keyNotices = await app.get(FirstAdmin).ensure(env.adminKey, env.dataDir);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const ports = await listeners.listen(env);
  app.get(BrokerAddress).set(env.brokerHost, ports.mqttPort);
  const urls = urlsOf(env.bind, ports, tls.caPath ?? null);
  await writeServiceFile(env.dataDir, urls);
  const notices = [...platform.notices, ...keyNotices];
  log.info({ ...ports }, 'service.ready');
  const stop = once(async () => {
    log.info('service.stopping');
    app.get(HealthService).markStopping();
    await listeners.stop();
    await app.close();
    await platform.close();
    await removeServiceFile(env.dataDir, urls.pid);
    log.info('service.stopped');
  });
  return { urls, ports, notices, app, stop };
}

function urlsOf(bind: string, ports: Ports, ca: string | null): ServiceFile {
  const isAny = bind === '0.0.0.0' || bind === '::';
  const host = isAny ? 'localhost' : bind.includes(':') ? `[${bind}]` : bind;
  return {
    pid: process.pid,
    http: `http://${host}:${ports.httpPort}`,
    https: `https://${host}:${ports.tlsPort}`,
    mqtt: `mqtt://${host}:${ports.mqttPort}`,
    mqtts: `mqtts://${host}:${ports.mqttsPort}`,
    ca,
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
