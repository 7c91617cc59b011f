import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals about stations, units and claims. */
export const lineErrors = {
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
    action: {
      en: 'Put the unit aside; an engineer may void the device that holds it: POST /api/v1/devices/{productKey}/{deviceName}/void.',
      zh: '请隔离该模组;工程师可作废占用它的设备:POST /api/v1/devices/{productKey}/{deviceName}/void。',
    },
  },
  'unit.not_found': {
    ...once,
    kind: 'not_found',
    title: 'No unit was found',
    action: {
      en: 'Check the number; name its kind, e.g. imei:… or deviceName:….',
      zh: '请检查编号;可注明类型,例如 imei:… 或 deviceName:…。',
    },
  },
  'unit.known_otherwise': {
    ...once,
    kind: 'conflict',
    title: 'The unit may hold a triple already, under another of its numbers',
    action: {
      en: 'Send the same numbers as when the unit was first claimed (detail says which); if it is another unit, an engineer may void the device: POST /api/v1/devices/{productKey}/{deviceName}/void.',
      zh: '请使用首次申领时的同一组编号(见 detail);若为另一模组,工程师可作废该设备:POST /api/v1/devices/{productKey}/{deviceName}/void。',
    },
  },
  'unit.twice_in_batch': {
    ...once,
    kind: 'conflict',
    title: 'Two entries of the batch name the same unit',
    action: {
      en: 'Read the numbers of both slots again; nothing was leased for either.',
      zh: '请重新读取这两个槽位的编号;两者均未分配三元组。',
    },
  },
  'unit.firmware_not_allowed': {
    ...once,
    kind: 'conflict',
    title: 'The order does not allow the firmware of the unit',
    action: {
      en: 'Send the unit back to be flashed with a firmware that the order allows; report its firmware in unit.firmware.',
      zh: '请将模组退回,刷入订单允许的固件,并在 unit.firmware 中上报固件版本。',
    },
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
  'station.disabled': {
    ...once,
    kind: 'forbidden',
    title: 'The station is out of service',
    action: {
      en: 'Ask an engineer: PATCH /api/v1/stations/{id} with disabled false puts it back.',
      zh: '请联系工程师:PATCH /api/v1/stations/{id} 并将 disabled 设为 false 即可恢复。',
    },
  },
  'slot.port_malformed': {
    ...once,
    kind: 'invalid',
    title: 'The port of a slot is malformed',
    action: {
      en: 'Write serial:///dev/ttyUSB0?baud=115200, rfc2217://host:port?baud=115200 or tcp://host:port (ser2net or a serial device server gives a serial port a TCP port).',
      zh: '请写成 serial:///dev/ttyUSB0?baud=115200、rfc2217://主机:端口?baud=115200 或 tcp://主机:端口(可用 ser2net 或串口服务器为串口提供 TCP 端口)。',
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
  'claim.proof_not_accepted': {
    ...once,
    kind: 'conflict',
    title: 'The order does not accept this kind of proof',
    action: {
      en: 'Confirm by one of the proofs that the order accepts (detail lists them). A line tool that gives only its word needs an order with `word` in acceptProofs.',
      zh: '请使用订单接受的证明方式确认(见 detail)。仅能口头确认的产线工具需要 acceptProofs 包含 word 的订单。',
    },
  },
  'claim.no_login': {
    ...again,
    kind: 'conflict',
    title: 'The unit has not logged in since it was last claimed',
    action: {
      en: 'Wait until the unit has logged in over MQTT, then confirm again; or restart it.',
      zh: '请等待模组通过 MQTT 登录后再确认,或重启模组。',
    },
  },
  'claim.not_leased': {
    ...once,
    kind: 'conflict',
    title: 'The claim is no longer open',
    action: {
      en: 'Claim the unit again for a new attempt.',
      zh: '请重新申领该模组再试。',
    },
  },
  'claim.confirmed': {
    ...once,
    kind: 'conflict',
    title: 'The unit is confirmed; a station cannot take that back',
    action: {
      en: 'If it reads back empty, claim it again, write the same triple and confirm; if that fails, say fail and put it aside: it shows in GET /api/v1/attention. Only an engineer ends it: POST /api/v1/devices/{productKey}/{deviceName}/void.',
      zh: '若回读为空,请重新申领,写入同一三元组并再次确认;若仍失败,请上报失败并隔离,它会出现在 GET /api/v1/attention。只有工程师可作废:POST /api/v1/devices/{productKey}/{deviceName}/void。',
    },
  },
  'claim.twice_in_batch': {
    ...once,
    kind: 'conflict',
    title: 'Two entries of the batch name the same claim',
    action: {
      en: 'Send each claim once; neither entry was looked at.',
      zh: '每个申领只发送一次;这两条均未处理。',
    },
  },
  'claim.batch_incomplete': {
    ...once,
    kind: 'conflict',
    title: 'Another unit of the batch was refused, so none got a triple',
    action: {
      en: 'See to the unit that was refused, or leave it out, and claim the batch again.',
      zh: '请先处理被拒绝的模组,或将其移出,然后重新申领整批。',
    },
  },
  'claim.transcript_secret': {
    ...once,
    kind: 'invalid',
    title: 'The transcript shows the secret of the unit',
    action: {
      en: 'Mask the values of commands and answers at the bench, then send it again.',
      zh: '请在工位端先屏蔽指令与应答中的取值,再重新发送。',
    },
  },
  'claim.no_transcript': {
    ...once,
    kind: 'not_found',
    title: 'Nothing that was said with the unit is kept here',
    action: {
      en: 'Read the run that detail names, if any; a bench leaves what was said with POST on the same path.',
      zh: '若 detail 指明了某次运行,请在该运行中查看;工位可用 POST 在同一路径提交对话记录。',
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
} as const satisfies Record<string, ErrorEntry>;
