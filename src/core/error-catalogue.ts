/**
 * What kind of refusal an error is; each edge translates a kind into its own language.
 *
 * Shape: HTTP status in `platform/http/problem.ts`, vendor envelope and CONNACK in
 * `registration/protocols`, exit code on the command line.
 */
export const errorKinds = [
  'malformed',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'gone',
  'too_large',
  'invalid',
  'too_fast',
  'internal',
  'unavailable',
] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** One entry of the catalogue: what went wrong, whether a repeat may help, and what to do. */
export interface ErrorEntry {
  readonly kind: ErrorKind;
  readonly title: string;
  readonly retryable: boolean;
  readonly action: { readonly en: string; readonly zh: string };
}

const once = { retryable: false } as const;
const again = { retryable: true } as const;

/**
 * Every error code of Triplemint, listed once.
 *
 * Shape: `noun.reason` -> kind, title, retryable, action in English and Chinese.
 * A test compares this list with `docs/errors.md` and OpenAPI in both directions.
 */
export const catalogue = {
  'request.malformed': {
    ...once,
    kind: 'malformed',
    title: 'The request could not be read',
    action: { en: 'Send well-formed JSON.', zh: '请发送格式正确的 JSON。' },
  },
  'request.invalid': {
    ...once,
    kind: 'invalid',
    title: 'A field of the request is wrong',
    action: { en: 'Correct the named fields.', zh: '请更正所指出的字段。' },
  },
  'request.too_large': {
    ...once,
    kind: 'too_large',
    title: 'The request is too large',
    action: { en: 'Send less in one request.', zh: '请减小单次请求的大小。' },
  },
  'request.media_type': {
    ...once,
    kind: 'malformed',
    title: 'The content type is not supported',
    action: {
      en: 'Send Content-Type: application/json.',
      zh: '请使用 Content-Type: application/json。',
    },
  },
  'route.unknown': {
    ...once,
    kind: 'not_found',
    title: 'There is no such address',
    action: {
      en: 'Check method and path against /api/docs.',
      zh: '请对照 /api/docs 检查方法和路径。',
    },
  },
  'transport.plain_refused': {
    ...once,
    kind: 'forbidden',
    title: 'Plain HTTP is refused from another machine',
    action: {
      en: 'Use https on the TLS port, or start the service with PLAIN_HTTP=allow on a closed LAN.',
      zh: '请使用 TLS 端口的 https;封闭局域网内可用 PLAIN_HTTP=allow 启动服务。',
    },
  },
  'unit.imei_malformed': {
    ...once,
    kind: 'invalid',
    title: 'The IMEI is malformed',
    action: { en: 'Read the IMEI again.', zh: '请重新读取 IMEI。' },
  },
  'unit.imei_check_digit': {
    ...once,
    kind: 'invalid',
    title: 'The check digit of the IMEI does not fit',
    action: {
      en: 'Read the IMEI again; if it stays wrong, put the unit aside.',
      zh: '请重新读取 IMEI;若仍有误,请隔离该模组。',
    },
  },
  'unit.imei_blank': {
    ...once,
    kind: 'invalid',
    title: 'The IMEI is that of a blank module',
    action: { en: 'Write an IMEI to the module first.', zh: '请先为模组写入 IMEI。' },
  },
  'unit.sn_malformed': {
    ...once,
    kind: 'invalid',
    title: 'The serial number is malformed',
    action: { en: 'Read the serial number again.', zh: '请重新读取序列号。' },
  },
  'unit.mac_malformed': {
    ...once,
    kind: 'invalid',
    title: 'The MAC address is malformed',
    action: { en: 'Read the MAC address again.', zh: '请重新读取 MAC 地址。' },
  },
  'unit.identity_missing': {
    ...once,
    kind: 'invalid',
    title: 'Nothing identifies the unit',
    action: { en: 'Send imei, sn or mac of the unit.', zh: '请提供模组的 imei、sn 或 mac。' },
  },
  'unit.bound_elsewhere': {
    ...once,
    kind: 'conflict',
    title: 'The unit holds a triple of another order',
    action: { en: 'Put the unit aside; an engineer decides.', zh: '请隔离该模组,由工程师处理。' },
  },
  internal: {
    ...once,
    kind: 'internal',
    title: 'Something went wrong on our side',
    action: { en: 'Report the time and the request id.', zh: '请报告发生时间和请求编号。' },
  },
  'database.away': {
    ...again,
    kind: 'unavailable',
    title: 'The database does not answer',
    action: { en: 'Send the same request again shortly.', zh: '请稍后重发同一请求。' },
  },
  'service.stopping': {
    ...again,
    kind: 'unavailable',
    title: 'The service is stopping',
    action: { en: 'Send the same request again shortly.', zh: '请稍后重发同一请求。' },
  },
} as const satisfies Record<string, ErrorEntry>;
