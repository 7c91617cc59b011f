import { Secret } from '../../src/core/secret.js';
import { registrationContent, sign } from '../../src/core/signing.js';
import type { Exchange, Reader } from './exchange.js';
import type { Fleet } from './wave.js';
import { namesOf } from './names.js';

/** The end of a right answer, after the 32 digits of the secret. */
const tail = /^[0-9a-f]{32}"\},"message":"success"\}$/;

/** Reads answers of the device endpoint. Errors: an answer without Content-Length. */
export const httpReader: Reader = {
  isWhole: (answer) => {
    const headEnd = answer.indexOf('\r\n\r\n');
    if (headEnd < 0) return false;
    const length = /\r\ncontent-length: *(\d+)/i.exec(answer)?.[1];
    if (length === undefined) throw new Error('an answer without Content-Length');
    return answer.length >= headEnd + 4 + Number(length);
  },
  givenIn: (answer, expected) => {
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    const rest = body.slice(expected.length);
    const isRight = answer.startsWith('HTTP/1.1 200 ') && body.startsWith(expected);
    return isRight && tail.test(rest) ? rest.slice(0, 32) : undefined;
  },
};

/** Signs all requests beforehand, so that the client costs next to nothing later. */
export function httpRegistrations(fleet: Fleet, connections: 'kept' | 'fresh'): Exchange[] {
  const secret = new Secret(fleet.productSecret);
  return namesOf(fleet).map((deviceName) =>
    registration(fleet.productKey, deviceName, secret, connections),
  );
}

function registration(
  productKey: string,
  deviceName: string,
  secret: Secret,
  connections: 'kept' | 'fresh',
): Exchange {
  const fields = { productKey, deviceName, random: '567345' };
  const signature = sign('hmacsha256', secret, registrationContent(fields));
  const form = { ...fields, sign: signature, signMethod: 'hmacsha256' };
  const body = new URLSearchParams(form).toString();
  const head = [
    'POST /auth/register/device HTTP/1.1',
    'Host: 127.0.0.1',
    'Accept: text/xml,text/javascript,text/html,application/json',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    ...(connections === 'fresh' ? ['Connection: close'] : []),
  ];
  return {
    bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'),
    expected: `{"code":200,"data":{"productKey":"${productKey}","deviceName":"${deviceName}","deviceSecret":"`,
  };
}
