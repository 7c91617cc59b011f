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
  'keys.ring_lacks_kid': {
    ...once,
    kind: 'internal',
    title: 'The master key file lacks a key that the database needs',
    action: {
      en: 'Put the backed-up master key file back in its place, then start again.',
      zh: '请将备份的主密钥文件放回原处,然后重新启动。',
    },
  },
  'keys.ring_does_not_match': {
    ...once,
    kind: 'internal',
    title: 'The master key file is not the one this database was sealed with',
    action: {
      en: 'Put back the master key file that belongs to this database, then start again.',
      zh: '请放回与此数据库匹配的主密钥文件,然后重新启动。',
    },
  },
  'keys.file_unreadable': {
    ...once,
    kind: 'internal',
    title: 'The master key file cannot be read or written',
    action: {
      en: 'Check the path and the rights of MASTER_KEY_FILE and DATA_DIR.',
      zh: '请检查 MASTER_KEY_FILE 和 DATA_DIR 的路径和权限。',
    },
  },
  'keys.file_malformed': {
    ...once,
    kind: 'internal',
    title: 'The master key file is damaged',
    action: {
      en: 'Put the backed-up master key file back in its place.',
      zh: '请将备份的主密钥文件放回原处。',
    },
  },
  'keys.seal_broken': {
    ...once,
    kind: 'internal',
    title: 'A sealed value does not open',
    action: {
      en: 'Restore the row from a backup: it was changed or belongs to another record.',
      zh: '请从备份恢复该记录:其内容已被更改或属于其他记录。',
    },
  },
  'tls.file_unreadable': {
    ...once,
    kind: 'internal',
    title: 'A TLS file cannot be read or written',
    action: {
      en: 'Check the path and the rights of the named file.',
      zh: '请检查所指文件的路径和权限。',
    },
  },
  'tls.pair_mismatch': {
    ...once,
    kind: 'internal',
    title: 'TLS certificate and key do not belong together',
    action: {
      en: 'Give the certificate chain and the key that belongs to its first certificate, both as PEM.',
      zh: '请提供 PEM 格式的证书链以及与首个证书匹配的私钥。',
    },
  },
  'tls.name_malformed': {
    ...once,
    kind: 'invalid',
    title: 'A name for the TLS certificate is neither a host name nor an IP address',
    action: { en: 'Correct TLS_NAMES.', zh: '请更正 TLS_NAMES。' },
  },
  'tls.ca_unusable': {
    ...once,
    kind: 'internal',
    title: 'The own certificate authority cannot issue a certificate',
    action: {
      en: 'Restore ca.crt and ca.key, or remove the tls folder and give modules the new ca.crt.',
      zh: '请恢复 ca.crt 和 ca.key;或删除 tls 目录,并为模组更换新的 ca.crt。',
    },
  },
  'port.in_use': {
    ...once,
    kind: 'conflict',
    title: 'A port is in use by another process',
    action: {
      en: 'Stop the other process or choose another port in the named variable.',
      zh: '请停止占用端口的进程,或在所指变量中改用其他端口。',
    },
  },
  'port.refused': {
    ...once,
    kind: 'forbidden',
    title: 'The system does not let the service listen there',
    action: {
      en: 'Choose another port or address in the named variable.',
      zh: '请在所指变量中改用其他端口或地址。',
    },
  },
  'service.overloaded': {
    ...again,
    kind: 'unavailable',
    title: 'More requests are waiting than the service takes',
    action: { en: 'Send the same request again shortly.', zh: '请稍后重发同一请求。' },
  },
  'command.argument_refused': {
    ...once,
    kind: 'invalid',
    title: 'A value cannot be written to the module by an AT command',
    action: {
      en: 'Use names of letters, digits, - _ . : @ within the length of the module.',
      zh: '请只使用字母、数字和 - _ . : @,并且不超过模组允许的长度。',
    },
  },
  'dialect.unknown': {
    ...once,
    kind: 'not_found',
    title: 'There is no such dialect',
    action: { en: 'Take an id from GET /dialects.', zh: '请使用 GET /dialects 列出的 id。' },
  },
  'jig.port_malformed': {
    ...once,
    kind: 'invalid',
    title: 'The port of a slot could not be read',
    action: {
      en: 'Write the port as tcp://host:port.',
      zh: '请将端口写成 tcp://主机:端口 的形式。',
    },
  },
  'database.newer': {
    ...once,
    kind: 'conflict',
    title: 'The database was made by a newer version of Triplemint',
    action: {
      en: 'Start the newer version, or restore a backup made before the upgrade.',
      zh: '请启动较新的版本,或恢复升级之前的备份。',
    },
  },
  'database.embedded_failed': {
    ...once,
    kind: 'internal',
    title: 'The embedded PostgreSQL cannot run',
    action: {
      en: 'Do what the detail says, or set DATABASE_URL to a PostgreSQL of your own.',
      zh: '请按详情处理,或用 DATABASE_URL 指定您自己的 PostgreSQL。',
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
