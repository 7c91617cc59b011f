import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '..', '..', 'src');

/**
 * Every place that takes the text out of a `Secret`, and why it may. A new place is a decision:
 * add it here with its reason, or find another way.
 */
const places: Readonly<Record<string, readonly [count: number, why: string]>> = {
  'access/first-admin.ts': [1, 'the key file of the first start is written'],
  'at/render.ts': [1, 'an AT command is rendered'],
  'at/session-flow.ts': [1, 'a rendered command is sent'],
  'at/session-echo.ts': [2, 'an echo is recognised'],
  'at/session-lines.ts': [1, 'data follow a prompt'],
  'broker/outside-address.ts': [1, 'the URL of the site broker is taken apart'],
  'broker/outside-downlink.ts': [1, 'the service logs in to the site broker'],
  'core/api-key.ts': [2, 'digest and prefix of a key'],
  'core/read-back.ts': [4, 'digest and comparison of what was read back, a leak is looked for'],
  'core/signing.ts': [1, 'a signature is computed'],
  'commands/api-client.ts': [1, 'a request of the command line carries its key'],
  'demo/production.ts': [2, 'what a module got is compared with the export'],
  'devices/device-life.controller.ts': [1, 'an admin looks at a triple'],
  'devices/given-seal.ts': [1, 'the secret of an imported device is sealed'],
  'jig/read-triple.ts': [1, 'a value of asterisks is told from a wrong one'],
  'jig/register-unit.ts': [1, 'the payload of a registration is parsed'],
  'orders/export.service.ts': [1, 'a triple is exported'],
  'platform/database/data-source.ts': [1, 'the pool connects'],
  'platform/database/embedded/cluster.ts': [1, 'the password of a new cluster is set'],
  'platform/database/embedded/embedded-postgres.ts': [1, 'the URL is built'],
  'platform/database/embedded/guard.ts': [1, 'the guard connects'],
  'platform/database/pulse.ts': [1, 'the watch over connections connects'],
  'platform/env.ts': [4, 'a setting is checked'],
  'platform/idempotency/shown-secrets.ts': [3, 'an answer shows a secret, or shows it again'],
  'platform/keys/key-ring.ts': [1, 'a value is sealed'],
  'platform/signals/signals.ts': [1, 'the listening connection connects'],
  'platform/tls/material.ts': [1, 'key and certificate are compared'],
  'platform/tls/options.ts': [1, 'a TLS port gets its key'],
  'registration/protocols/aliyun-https-envelope.ts': [1, 'a module gets its secret over HTTPS'],
  'registration/protocols/aliyun-mqtt.ts': [2, 'a module gets its secret or token over MQTT'],
  'simulator/line.ts': [1, 'a module reads its credentials back'],
  'simulator/link-results.ts': [1, 'a module logs in'],
  'simulator/memory.ts': [1, 'a module shows which names it holds'],
  'simulator/register.ts': [1, 'a module keeps what its registration brought'],
  'simulator/mqtt-commands.ts': [1, 'a module checks a password for emptiness'],
};

async function counted(): Promise<Record<string, number>> {
  const entries = await readdir(source, { withFileTypes: true, recursive: true });
  const found: Record<string, number> = {};
  for (const entry of entries.filter(({ name }) => name.endsWith('.ts'))) {
    const path = join(entry.parentPath, entry.name);
    const uses = (await readFile(path, 'utf8')).match(/\.expose\(\)/g)?.length ?? 0;
    if (uses > 0) found[relative(source, path)] = uses;
  }
  return found;
}

describe('a secret', () => {
  it('is exposed in the reviewed places and nowhere else', async () => {
    const reviewed = Object.fromEntries(
      Object.entries(places).map(([path, [count]]) => [path, count]),
    );
    expect(await counted()).toEqual(reviewed);
  });
});
