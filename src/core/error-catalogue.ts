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
  'env.invalid': {
    ...once,
    kind: 'invalid',
    title: 'A setting is wrong',
    action: {
      en: 'Correct the named variable and start again.',
      zh: '请更正所指出的变量后重新启动。',
    },
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
    title: 'The API key is unknown or revoked',
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
  'product.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such product',
    action: {
      en: 'Check the productKey against GET /api/v1/products.',
      zh: '请对照 GET /api/v1/products 检查 productKey。',
    },
  },
  'product.key_taken': {
    ...once,
    kind: 'conflict',
    title: 'This productKey is taken',
    action: {
      en: 'Choose another productKey, or leave it out.',
      zh: '请另选 productKey,或不填由系统生成。',
    },
  },
  'topic.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such topic class',
    action: {
      en: 'Check the name against the list of the product.',
      zh: '请对照产品的主题列表检查名称。',
    },
  },
  'topic.too_many': {
    ...once,
    kind: 'conflict',
    title: 'The product has too many topic classes',
    action: { en: 'Remove one that is no longer needed.', zh: '请先删除不再需要的主题类。' },
  },
  'order.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such order',
    action: {
      en: 'Check the identifier against GET /api/v1/orders.',
      zh: '请对照 GET /api/v1/orders 检查订单编号。',
    },
  },
  'order.names_invalid': {
    ...once,
    kind: 'invalid',
    title: 'Names of the order break the rules',
    action: {
      en: 'Change prefix, start or width: 4-32 of A-Z a-z 0-9 _ - @ . :',
      zh: '请调整前缀、起始值或宽度:4-32 个字符,允许 A-Z a-z 0-9 _ - @ . :',
    },
  },
  'order.names_taken': {
    ...once,
    kind: 'conflict',
    title: 'Names of the order exist already',
    action: { en: 'Choose another prefix or start.', zh: '请更换前缀或起始值。' },
  },
  'order.minting': {
    ...again,
    kind: 'conflict',
    title: 'The order is still minting',
    action: { en: 'Wait until its state is open.', zh: '请等待订单状态变为 open。' },
  },
  'order.refused': {
    ...once,
    kind: 'conflict',
    title: 'The order was refused',
    action: {
      en: 'Read its refusal, then place a corrected order.',
      zh: '请查看拒绝原因后重新下单。',
    },
  },
  'order.quota_invalid': {
    ...once,
    kind: 'invalid',
    title: 'The quota does not fit the order',
    action: { en: 'Choose a quota from 1 to the quantity.', zh: '配额须在 1 到订单数量之间。' },
  },
  'order.quota_used_up': {
    ...once,
    kind: 'conflict',
    title: 'The order has given out its quota',
    action: {
      en: 'Stop and ask the planner to raise the quota.',
      zh: '请停线并联系计划员提高配额。',
    },
  },
  'order.closed': {
    ...once,
    kind: 'gone',
    title: 'The order is closed',
    action: { en: 'Change to an open order.', zh: '请切换到有效订单。' },
  },
  'order.expired': {
    ...once,
    kind: 'gone',
    title: 'The order has expired',
    action: { en: 'Change to an open order.', zh: '请切换到有效订单。' },
  },
  'order.station_not_allowed': {
    ...once,
    kind: 'forbidden',
    title: 'The order is not for this station',
    action: { en: 'Use a station that the order names.', zh: '请使用订单指定的工位。' },
  },
  'device.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such device',
    action: { en: 'Check productKey and deviceName.', zh: '请检查 productKey 和 deviceName。' },
  },
  'simulator.port_unusable': {
    ...once,
    kind: 'conflict',
    title: 'A port of the simulator cannot be listened on',
    action: {
      en: 'Stop what uses the port, or choose another with --base-port (0 takes free ones).',
      zh: '请停止占用该端口的程序,或用 --base-port 另选端口(0 表示自动选择空闲端口)。',
    },
  },
  'station.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such station',
    action: {
      en: 'Check the identifier against GET /api/v1/stations.',
      zh: '请对照 GET /api/v1/stations 检查工位编号。',
    },
  },
  'station.name_taken': {
    ...once,
    kind: 'conflict',
    title: 'A station of this name exists already',
    action: { en: 'Choose another name.', zh: '请更换工位名称。' },
  },
  'station.missing': {
    ...once,
    kind: 'invalid',
    title: 'The request does not say for which station it is',
    action: {
      en: 'Add ?station=st-… or use the key of the station.',
      zh: '请添加 ?station=st-… 参数,或使用该工位的密钥。',
    },
  },
  'slot.port_malformed': {
    ...once,
    kind: 'invalid',
    title: 'The port of a slot is malformed',
    action: {
      en: 'Write tcp://host:port or serial:///dev/….',
      zh: '请写成 tcp://主机:端口 或 serial:///dev/…。',
    },
  },
  'slot.port_shared': {
    ...once,
    kind: 'invalid',
    title: 'Two slots share a port',
    action: { en: 'Give every slot a port of its own.', zh: '请为每个槽位指定单独的端口。' },
  },
  'slot.number_shared': {
    ...once,
    kind: 'invalid',
    title: 'Two slots have the same number',
    action: { en: 'Give every slot a number of its own.', zh: '请为每个槽位指定不同的编号。' },
  },
  'claim.not_found': {
    ...once,
    kind: 'not_found',
    title: 'This station has no such claim',
    action: {
      en: 'Check the identifier; claim the unit again if it moved to this station.',
      zh: '请检查编号;若模组已移到本工位,请重新申领。',
    },
  },
  'claim.read_back_mismatch': {
    ...once,
    kind: 'invalid',
    title: 'What was read back is not what the unit should hold',
    action: {
      en: 'Write and read back once more; if it differs again, report the unit as failed.',
      zh: '请重新写入并回读一次;若仍不一致,请将该模组报为失败。',
    },
  },
  'claim.not_leased': {
    ...once,
    kind: 'conflict',
    title: 'The claim is no longer open',
    action: {
      en: 'Read the claim; claim the unit again for a new attempt.',
      zh: '请查看该申领;如需重试,请重新申领该模组。',
    },
  },
  'claim.void': {
    ...once,
    kind: 'conflict',
    title: 'The claim is void',
    action: { en: 'Claim the unit again.', zh: '请重新申领该模组。' },
  },
  'claim.volatile_not_accepted': {
    ...once,
    kind: 'conflict',
    title: 'The order does not accept what a restart of the module loses',
    action: {
      en: 'Report the unit as failed, or use an order with acceptVolatile.',
      zh: '请将该模组报为失败,或使用允许 acceptVolatile 的订单。',
    },
  },
  'order.stock_empty': {
    ...once,
    kind: 'conflict',
    title: 'The order has no free triple left',
    action: { en: 'Stop and ask the planner for a new order.', zh: '请停线并联系计划员下新订单。' },
  },
  'run.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such run',
    action: { en: 'Check the identifier that POST /api/v1/runs answered.', zh: '请检查 POST /api/v1/runs 返回的编号。' },
  },
  'run.in_progress': {
    ...again,
    kind: 'conflict',
    title: 'The station is working on another run',
    action: { en: 'Wait until it has ended, or abort it.', zh: '请等待其结束,或先中止该次运行。' },
  },
  'run.no_slots': {
    ...once,
    kind: 'conflict',
    title: 'The station has no slots',
    action: { en: 'Set them with PUT /api/v1/stations/{id}/slots.', zh: '请先用 PUT /api/v1/stations/{id}/slots 设置槽位。' },
  },
  'run.slot_unknown': {
    ...once,
    kind: 'invalid',
    title: 'The station has no such slot',
    action: { en: 'Name slots that GET /api/v1/me lists.', zh: '请使用 GET /api/v1/me 列出的槽位。' },
  },
  'run.not_here': {
    ...once,
    kind: 'conflict',
    title: 'Another process works on this run',
    action: { en: 'Ask the process that started it.', zh: '请向启动该运行的服务进程发送请求。' },
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
