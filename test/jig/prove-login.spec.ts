import { describe, expect, it } from 'vitest';
import { ubloxSara, ubloxSaraR4 } from '../../src/at/dialects/ublox-sara.js';
import { DomainError } from '../../src/core/errors.js';
import type { Family } from '../../src/simulator/context.js';
import { families } from '../../src/simulator/families.js';
import { ClaimDesk } from './claim-desk.js';
import { startDeskBroker } from './desk-broker.js';
import { runSimulated } from './simulated-bench.js';
import { endOf, expectTruth } from './truth.js';

/** A family whose firmware keeps what it is told, whatever its dialect takes it for. */
function keeping(name: string): Family {
  return { ...familyOf(name), keeps: 'nvm' };
}

function familyOf(name: string): Family {
  return families.find((one) => one.name === name) ?? expect.unreachable();
}

const restarts = /> AT\+(?:CRESET|CFUN=1,1|RESET)\r/;

describe('a module that shows nothing of what it holds', () => {
  it.each([['simcom-sim7070'], ['aliyun-idm']])(
    '%s passes when it logs in after its restart, told nothing since',
    async (name) => {
      const desk = (await startDeskBroker())({ acceptVolatile: true });
      const run = await runSimulated({ family: keeping(name), desk });
      expect(endOf(run)).toBe('PASS');
      expect(run.unit.counts).toMatchObject({ logins: 1, restarts: 1 });
      expectTruth(run, desk);
      const [, since = ''] = run.traffic.split(restarts);
      const secret = [...desk.secrets.values()][0]?.expose() ?? expect.unreachable();
      const told = since.split('\n').filter((line) => line.startsWith('>'));
      expect(told.join()).not.toMatch(new RegExp(`${secret}|dn_|[0-9a-f]{64}`));
      expect(run.unit.link.state).toBe('closed');
    },
  );

  it.each([['simcom-a76xx'], ['fibocom-l610'], ['neoway-n706'], ['luat-air780']])(
    '%s, known to forget, passes as volatile when it logs in at once',
    async (name) => {
      const desk = (await startDeskBroker())({ acceptVolatile: true });
      const run = await runSimulated({ family: familyOf(name), desk });
      expect(endOf(run)).toBe('PASS volatile');
      expect(run.unit.counts).toMatchObject({ logins: 1, restarts: 0 });
      expectTruth(run, desk);
      expect(run.unit.link.state).toBe('closed');
    },
  );

  it.each([
    ['stores-nothing', 'login_refused', ['simcom-sim7070', 'luat-air780']],
    ['stores-wrong', 'login_refused', ['simcom-sim7070', 'luat-air780']],
    ['forgets', 'login_refused', ['simcom-sim7070']],
  ] as const)('fails when it %s', async (fault, reason, names) => {
    for (const name of names) {
      const desk = (await startDeskBroker())({ acceptVolatile: true });
      const run = await runSimulated({ family: keeping(name), desk, faults: [fault] });
      expect(run.result).toMatchObject({ outcome: 'FAIL', reason });
      expect(run.result.detail).toContain('forgotten');
      expectTruth(run, desk);
    }
  });

  it.each(['simcom-a76xx', 'luat-air780'])(
    '%s is not blamed for a broker that it cannot reach',
    async (name) => {
      const desk = new ClaimDesk({ acceptVolatile: true, broker: { host: '127.0.0.1', port: 1 } });
      const { result } = await runSimulated({ family: keeping(name), desk });
      expect(result).toMatchObject({ outcome: 'ERROR', reason: 'broker_unreachable' });
    },
  );

  it.each(['ublox-sara', 'ublox-sara-r4'])(
    '%s, which gives one number for both, is told that the broker may be out of reach',
    async (name) => {
      const desk = new ClaimDesk({ broker: { host: '127.0.0.1', port: 1 } });
      const { result } = await runSimulated({ family: familyOf(name), desk });
      expect(result).toMatchObject({ outcome: 'FAIL', reason: 'login_refused' });
      expect(result.detail).toContain('or the broker is out of reach');
    },
  );

  it.each([
    [ubloxSara, 'ublox-sara-r4', 'SARA-R410M-02B'],
    [ubloxSaraR4, 'ublox-sara', 'SARA-R510S-01B'],
  ] as const)(
    'is written nothing where its slot names $id, for which a refusal is a login',
    async (dialect, name, model) => {
      const desk = new ClaimDesk({ broker: { host: '127.0.0.1', port: 1 } }); // takes it at its word
      const { result, unit } = await runSimulated({
        family: familyOf(name),
        desk,
        faults: ['stores-wrong'],
        slot: { dialect },
      });
      expect(result).toMatchObject({ outcome: 'FAIL', reason: 'write_refused' });
      expect(result.detail).toContain(model);
      expect(result.detail).toMatch(new RegExp(`is ${name}; the slot names ${dialect.id}$`));
      expect(unit.counts).toMatchObject({ writes: 0, logins: 0 });
    },
  );

  it('ublox-sara is not blamed for a login that it does not even begin', async () => {
    const { login = expect.unreachable() } = ubloxSara;
    const [profile = expect.unreachable()] = login.prepare;
    const dialect = { ...ubloxSara, login: { ...login, prepare: [profile] } }; // tells no server
    const desk = (await startDeskBroker())({});
    const { result } = await runSimulated({
      family: familyOf('ublox-sara'),
      desk,
      slot: { dialect },
    });
    expect(result).toMatchObject({ outcome: 'ERROR', reason: 'broker_unreachable' });
  });

  it('fails when the service has not seen its device log in', async () => {
    const confirm = () => Promise.reject(new DomainError('claim.no_login', 'not seen'));
    const desk = (await startDeskBroker())({ confirm });
    const { result } = await runSimulated({ family: keeping('simcom-sim7070'), desk });
    expect(result).toMatchObject({ outcome: 'FAIL', reason: 'login_unseen' });
    expect(desk.log.at(-1)).toMatch(/^fail .* login_unseen$/);
  });

  it('is written nothing where the order does not accept a login', async () => {
    const desk = (await startDeskBroker())({ acceptProofs: ['digest', 'word'] });
    const { result, unit } = await runSimulated({ family: keeping('aliyun-idm'), desk });
    expect(result).toMatchObject({ outcome: 'FAIL', reason: 'read_back_unproven' });
    expect(result.detail).toBe(
      'aliyun-idm proves by login, the order accepts digest, word; ' +
        'place an order that accepts it (acceptProofs)',
    );
    expect(unit.stored.size).toBe(0);
  });
});
