import { fibocomL610 } from '../../src/at/dialects/fibocom-l610.js';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/at/dialect.js';
import { ClaimDesk } from './claim-desk.js';
import { provingScripts } from './module-scripts.js';
import { runPeer } from './run-peer.js';
import type { PeerRun } from './run-peer.js';
import { ScriptedModule } from './scripted-module.js';
import type { ModuleScript } from './scripted-module.js';

type Take = ModuleScript['take'];

function scriptOf(id: string): ModuleScript {
  const script = provingScripts.find(({ dialect }) => dialect.id === id);
  if (script === undefined) {
    throw new Error(`no script of ${id}`);
  }
  return script;
}

/** Runs a family whose module, or whose dialect, departs from the plain one. */
function run(script: ModuleScript, take: Take = () => undefined, dialect?: Partial<Dialect>) {
  const departing: ModuleScript = {
    ...script,
    take: (command, module) => take(command, module) ?? script.take(command, module),
  };
  const module = new ScriptedModule(departing);
  const changes = { dialect: { ...script.dialect, ...dialect } };
  return runPeer(module.behaviour(), new ClaimDesk({ acceptVolatile: true }), changes);
}

const detail = ({ result }: PeerRun): string =>
  `${result.reason ?? 'PASS'}: ${result.detail ?? ''}`;

describe('a read-back over several commands', () => {
  const esp = scriptOf('esp-at');
  const lacking =
    (...names: readonly string[]): Take =>
    (command) =>
      names.some((name) => command === `AT+SYSMFG=1,"triplemint","${name}"`) ? ['OK'] : undefined;

  it.each([
    [['deviceSecret'], 'read_back_mismatch: differs in deviceSecret'],
    [['productKey', 'deviceName'], 'read_back_mismatch: differs in productKey, deviceName'],
    [['productKey', 'deviceName', 'deviceSecret'], 'read_back_empty: the module holds nothing'],
  ])('without %j does not pass', async (names, expected) => {
    expect(detail(await run(esp, lacking(...names)))).toBe(expected);
  });

  it('is refused as a whole where one is refused for another reason than being empty', async () => {
    const take: Take = (command) =>
      command === 'AT+SYSMFG=1,"triplemint","deviceName"' ? ['+CME ERROR: 4'] : undefined;
    expect((await run(esp, take)).result.reason).toBe('read_back_refused');
  });
});

describe('a login that is read back', () => {
  const ublox = scriptOf('ublox-sara');

  it('does not pass where the password is not shown', async () => {
    const take: Take = (command, { stored }) =>
      command === 'AT+UMQTT?'
        ? [`+UMQTT: 0,"${stored['cid'] ?? ''}"`, `+UMQTT: 4,"${stored['user'] ?? ''}"`, 'OK']
        : undefined;
    expect(detail(await run(ublox, take))).toMatch(/^read_back_mismatch: differs in .*password$/);
  });

  it('is loaded again after the restart only', async () => {
    const { result, peer } = await run(ublox);
    expect(result.outcome).toBe('PASS');
    const sent = peer.commands.filter((command) => /UMQTTNV|UMQTT\?|CFUN/.test(command));
    expect(sent).toEqual(['AT+UMQTTNV=2', 'AT+UMQTT?', 'AT+CFUN=16', 'AT+UMQTTNV=1', 'AT+UMQTT?']);
  });

  it('is volatile where the saving was only said', async () => {
    const take: Take = (command) =>
      command === 'AT+UMQTTNV=2' ? ['+UMQTTNV: 2,1', 'OK'] : undefined;
    expect((await run(ublox, take)).result).toMatchObject({ outcome: 'PASS', isVolatile: true });
  });

  it('does not pass where the loading is refused', async () => {
    const take: Take = (command) =>
      command === 'AT+UMQTTNV=1' ? ['+UMQTTNV: 1,0', 'OK'] : undefined;
    expect((await run(ublox, take)).result.reason).toBe('read_back_refused');
  });
});

describe('a read-back that hides the secret', () => {
  const { dialect, ...quectel } = scriptOf('quectel-qmt');
  const script = { ...quectel, dialect };
  const readBack = {
    ...dialect.readBack,
    mode: 'masked',
    proves: ['productKey', 'deviceName'],
  } as const;
  const show =
    (name: string): Take =>
    (command) =>
      command === 'AT+QMTCFG="aliauth",0'
        ? [`+QMTCFG: "aliauth","a1JszCpjS61","${name}","********"`, 'OK']
        : undefined;

  const login = fibocomL610.login ?? expect.unreachable();

  it('is no proof: nothing is written where there is no other', async () => {
    const { result, peer } = await run(script, show('dn_0001'), { readBack });
    expect(result).toMatchObject({ outcome: 'FAIL', reason: 'read_back_unproven' });
    expect(peer.commands.filter((command) => command.includes('aliauth'))).toHaveLength(0);
  });

  it('still shows that it is for another device', async () => {
    expect(detail(await run(script, show('dn_0002'), { readBack, login }))).toBe(
      'read_back_mismatch: differs in deviceName',
    );
  });
});

it('a fingerprint may be the beginning of one, in either case', async () => {
  const nordic = scriptOf('nrf91');
  const take: Take = (command, module) =>
    command.startsWith('AT%CMNG=1')
      ? nordic
          .take(command, module)
          ?.map((line) =>
            line.replace(/"(\w{16})\w+"/, (_, hex: string) => `"${hex.toLowerCase()}"`),
          )
      : undefined;
  expect((await run(nordic, take)).result.outcome).toBe('PASS');
});
