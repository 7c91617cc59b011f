import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals of the HTTP edge: how a request was made, and by whom. */
export const edgeErrors = {
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
      en: 'Send Content-Type: application/json, or text/csv where a file is taken.',
      zh: '请使用 Content-Type: application/json;上传文件时使用 text/csv。',
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
  'hook.not_from_broker': {
    ...once,
    kind: 'forbidden',
    title: 'Only a broker may ask here',
    action: {
      en: 'Ask from this machine and not through a proxy, or on the TLS port with a client certificate of TLS_CLIENT_CA_FILE.',
      zh: '请在本机直接访问(不经代理),或在 TLS 端口使用 TLS_CLIENT_CA_FILE 所信任的客户端证书。',
    },
  },
  'service.overloaded': {
    ...again,
    kind: 'unavailable',
    title: 'More requests are waiting than the service takes',
    action: { en: 'Send the same request again shortly.', zh: '请稍后重发同一请求。' },
  },
  'key.missing': {
    ...once,
    kind: 'unauthorized',
    title: 'No API key was sent',
    action: {
      en: 'Send Authorization: Bearer with your key.',
      zh: '请在 Authorization: Bearer 中携带密钥。',
    },
  },
  'key.unknown': {
    ...once,
    kind: 'unauthorized',
    title: 'The API key is unknown, revoked or has expired',
    action: {
      en: 'Use a valid key; ask an admin for one.',
      zh: '请使用有效的密钥,可向管理员申请。',
    },
  },
  'key.role_not_allowed': {
    ...once,
    kind: 'forbidden',
    title: 'This key may not do this',
    action: { en: 'Use a key of a role that may.', zh: '请使用具有相应角色的密钥。' },
  },
  'key.exists': {
    ...once,
    kind: 'conflict',
    title: 'This key exists already',
    action: { en: 'Use it, or choose another.', zh: '请直接使用该密钥或另选一个。' },
  },
  'key.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such key',
    action: {
      en: 'Check the identifier against GET /api/v1/keys.',
      zh: '请对照 GET /api/v1/keys 检查编号。',
    },
  },
  'key.too_fast': {
    ...again,
    kind: 'too_fast',
    title: 'This key sends more requests than it may',
    action: {
      en: 'Wait as Retry-After says and send fewer requests, e.g. by the routes for batches.',
      zh: '请按 Retry-After 等待,并减少请求次数,例如改用批量接口。',
    },
  },
  'key.wrong_too_often': {
    ...again,
    kind: 'too_fast',
    title: 'Too many wrong keys came from this address',
    action: {
      en: 'Give the program that keeps sending a wrong key the right one; wait as Retry-After says.',
      zh: '请为不断发送错误密钥的程序配置正确的密钥,并按 Retry-After 等待。',
    },
  },
  'key.last_admin': {
    ...once,
    kind: 'conflict',
    title: 'This is the last key of an admin',
    action: {
      en: 'Make another admin key first: POST /api/v1/keys.',
      zh: '请先用 POST /api/v1/keys 创建另一个管理员密钥。',
    },
  },
  'key.rotated_already': {
    ...once,
    kind: 'conflict',
    title: 'The key was replaced already',
    action: {
      en: 'Use the key that took its place; if that was lost, rotate or revoke it.',
      zh: '请使用替换后的密钥;若已丢失,请轮换或吊销它。',
    },
  },
  'key.expiry_past': {
    ...once,
    kind: 'invalid',
    title: 'The key would have expired already',
    action: { en: 'Give an expiresAt in the future.', zh: '请提供将来的 expiresAt 时间。' },
  },
  internal: {
    ...once,
    kind: 'internal',
    title: 'Something went wrong on our side',
    action: { en: 'Report the time and the request id.', zh: '请报告发生时间和请求编号。' },
  },
  'service.stopping': {
    ...again,
    kind: 'unavailable',
    title: 'The service is stopping',
    action: { en: 'Send the same request again shortly.', zh: '请稍后重发同一请求。' },
  },
} as const satisfies Record<string, ErrorEntry>;
