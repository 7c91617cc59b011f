import { Secret } from '../../src/core/secret.js';
import { registrationContent, sign } from '../../src/core/signing.js';

/** Which devices to register, with whose secret. Shape: `{prefix}{from…}`, zero-padded to `width`. */
export interface Wave {
  readonly port: number;
  readonly productKey: string;
  readonly productSecret: string;
  readonly prefix: string;
  readonly width: number;
  readonly from: number;
  readonly count: number;
  readonly inFlight: number;
}

/** One request, ready for the wire, and how its answer must begin. */
export interface Prepared {
  readonly bytes: Buffer;
  readonly expected: string;
}

/** Signs all requests of a wave beforehand, so that the client costs next to nothing later. */
export function prepare(wave: Wave): Prepared[] {
  const secret = new Secret(wave.productSecret);
  return Array.from({ length: wave.count }, (_, index) => {
    const number = String(wave.from + index).padStart(wave.width, '0');
    return prepareOne(wave, `${wave.prefix}${number}`, secret);
  });
}

function prepareOne({ productKey }: Wave, deviceName: string, secret: Secret): Prepared {
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
  ];
  return {
    bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'),
    expected: `{"code":200,"data":{"productKey":"${productKey}","deviceName":"${deviceName}","deviceSecret":"`,
  };
}
