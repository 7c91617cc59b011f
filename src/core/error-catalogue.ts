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
