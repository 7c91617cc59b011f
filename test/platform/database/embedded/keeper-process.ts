import { startEmbeddedPostgres } from '../../../../src/platform/database/embedded/embedded-postgres.js';

/**
 * A service reduced to its database: starts it for the folder it is given, says so on standard output,
 * and stops on SIGTERM. Started as a process of its own by `keepers.ts`.
 */
async function main(): Promise<void> {
  const say = (event: string, fields: object = {}): void => {
    process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  };
  const postgres = await startEmbeddedPostgres({
    dataDir: process.argv[2] ?? '',
    log: say,
    settings: { fsync: 'off' },
  });
  process.once('SIGTERM', () => {
    void postgres.stop().then(() => {
      process.exit(0);
    });
  });
  say('ready', { url: postgres.url.expose() });
}

void main();
