import { describe, expect, it } from 'vitest';
import { fibocomL610 } from '../../src/at/dialects/fibocom-l610.js';
import { ClaimDesk } from './claim-desk.js';
import type { DeskOptions } from './claim-desk.js';
import { provingScripts, silentScripts, unitPassword } from './module-scripts.js';
import { runPeer } from './run-peer.js';
import { ScriptedModule } from './scripted-module.js';
import type { ModuleScript, WriteFault } from './scripted-module.js';

async function runScript(script: ModuleScript, terms: DeskOptions, fault?: WriteFault) {
  const module = new ScriptedModule(script, fault);
  const desk = new ClaimDesk(terms);
  const run = await runPeer(module.behaviour(), desk, { dialect: script.dialect });
  for (const secret of [unitPassword, ...[...desk.secrets.values()].map((s) => s.expose())]) {
    expect(JSON.stringify(run.result)).not.toContain(secret.slice(0, 20));
  }
  return { ...run, module };
}

const named = (scripts: readonly ModuleScript[]): [string, ModuleScript][] =>
  scripts.map((script) => [script.dialect.id, script]);

describe.each(named(provingScripts))('%s', (_, script) => {
  it('writes exactly this, reads it back and passes', async () => {
    const run = await runScript(script, { acceptVolatile: true });
    expect(run.module.written).toEqual(script.writes);
    expect(run.result).toMatchObject({ outcome: 'PASS', isVolatile: script.keeps === 'nothing' });
    expect(run.desk.log).toHaveLength(2);
  });

  it('fails where the module says OK and stores nothing', async () => {
    const { result } = await runScript(script, { acceptVolatile: true }, 'stores_nothing');
    expect(result).toMatchObject({ outcome: 'FAIL', reason: 'read_back_empty' });
  });

  it('fails where the module stores a character wrong', async () => {
    const { result } = await runScript(script, { acceptVolatile: true }, 'spoils_a_character');
    expect(result).toMatchObject({ outcome: 'FAIL', reason: 'read_back_mismatch' });
  });
});

it.each(named(silentScripts))(
  '%s is written exactly this where its login is to prove it',
  async (_, script) => {
    // A module that cannot be told to log in would be written nothing.
    const dialect = { ...script.dialect, login: fibocomL610.login ?? expect.unreachable() };
    const { result, module } = await runScript({ ...script, dialect }, { acceptVolatile: true });
    expect(module.written).toEqual(script.writes);
    // The script knows neither a restart nor a login.
    const reason = dialect.persistence === 'ram' ? 'broker_unreachable' : 'restart_refused';
    expect(result.reason).toBe(reason);
  },
);

it.each(named(silentScripts))(
  '%s is written nothing where the order does not accept a login',
  async (_, script) => {
    const terms = { acceptVolatile: true, acceptProofs: ['digest', 'fingerprint'] as const };
    const { result, module, desk, peer } = await runScript(script, terms);
    expect(module.written).toEqual([]);
    const end = { outcome: 'FAIL', reason: 'read_back_unproven', isVolatile: false };
    expect(result).toMatchObject(end);
    expect(desk.log.at(-1)).toMatch(/^fail .* read_back_unproven$/);
    expect(peer.restarts).toBe(0);
  },
);

const forgetful = [...provingScripts, ...silentScripts].filter(
  ({ dialect }) =>
    dialect.persistence === 'ram' && (dialect.readBack.mode !== 'none' || dialect.login),
);

it.each(named(forgetful))(
  '%s is written nothing where the order wants it kept',
  async (_, script) => {
    const { result, module, desk, peer } = await runScript(script, { acceptVolatile: false });
    expect(result).toMatchObject({ outcome: 'FAIL', reason: 'volatile', isVolatile: true });
    expect(result.detail).toContain('let the host write it at every start');
    expect(module.written).toEqual([]);
    expect(peer.restarts).toBe(0);
    expect(desk.log.at(-1)).toMatch(/^fail .* volatile$/);
  },
);

it('a family that says that what it was told is wrong is refused although OK follows', async () => {
  const script = provingScripts.find(({ dialect }) => dialect.id === 'ublox-sara');
  if (script === undefined) {
    throw new Error('no such script');
  }
  const refusing: ModuleScript = {
    ...script,
    take: (command, module) =>
      command.startsWith('AT+UMQTT=4') ? ['+UMQTT: 4,0', 'OK'] : script.take(command, module),
  };
  const { result, module } = await runScript(refusing, { acceptVolatile: true });
  expect(result).toMatchObject({ outcome: 'FAIL', reason: 'write_refused' });
  expect(module.written).not.toContain('AT+UMQTTNV=2');
});
