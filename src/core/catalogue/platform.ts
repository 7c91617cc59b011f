import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** What stops a start, or a request when the ground gives way. */
export const platformErrors = {
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
  'keys.still_seals': {
    ...once,
    kind: 'conflict',
    title: 'A master key still seals values',
    action: {
      en: 'Run `triplemint keys rotate-master` to its end first.',
      zh: '请先将 `triplemint keys rotate-master` 执行完毕。',
    },
  },
  'keys.copies_lag': {
    ...again,
    kind: 'conflict',
    title: 'A copy of the service does not have the new master key',
    action: {
      en: 'Give every copy of the service the same master key file, then run the command again.',
      zh: '请让每个服务副本使用同一主密钥文件,然后重新执行该命令。',
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
  'tls.client_ca_unusable': {
    ...once,
    kind: 'invalid',
    title: 'The authority of client certificates cannot be used',
    action: {
      en: 'Give the certificate of the authority as PEM in TLS_CLIENT_CA_FILE.',
      zh: '请在 TLS_CLIENT_CA_FILE 中提供 PEM 格式的 CA 证书。',
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
  'backup.file_exists': {
    ...once,
    kind: 'conflict',
    title: 'The backup file exists already',
    action: {
      en: 'Choose another name; backups replace nothing.',
      zh: '请更换文件名,备份不会覆盖已有文件。',
    },
  },
  'backup.nothing_there': {
    ...once,
    kind: 'not_found',
    title: 'There is no database to back up',
    action: {
      en: 'Set DATA_DIR or DATABASE_URL to what the service uses.',
      zh: '请将 DATA_DIR 或 DATABASE_URL 设为服务所用的值。',
    },
  },
  'backup.not_written': {
    ...again,
    kind: 'unavailable',
    title: 'The backup cannot be written',
    action: {
      en: 'Make room or choose another folder, then run the command again.',
      zh: '请腾出空间或更换目录后重新执行。',
    },
  },
  'backup.schema_changed': {
    ...again,
    kind: 'conflict',
    title: 'The database was upgraded while the backup began',
    action: { en: 'Run the command again.', zh: '请重新执行该命令。' },
  },
  'backup.unreadable': {
    ...once,
    kind: 'invalid',
    title: 'The backup file cannot be read',
    action: { en: 'Check its path and its rights.', zh: '请检查文件路径和权限。' },
  },
  'backup.identity_wrong': {
    ...once,
    kind: 'forbidden',
    title: 'The backup is encrypted for somebody else',
    action: {
      en: 'Name the file that holds the age identity of its recipient with --identity.',
      zh: '请用 --identity 指定接收方的 age 私钥文件。',
    },
  },
  'backup.damaged': {
    ...once,
    kind: 'invalid',
    title: 'The backup is cut off or was changed',
    action: {
      en: 'Take another copy of it, or the backup before.',
      zh: '请使用该备份的其他副本或更早的备份。',
    },
  },
  'restore.not_empty': {
    ...once,
    kind: 'conflict',
    title: 'There is something already where the backup should go',
    action: {
      en: 'Choose an empty DATA_DIR or an empty database.',
      zh: '请使用空的 DATA_DIR 或空数据库。',
    },
  },
  'restore.differs': {
    ...once,
    kind: 'internal',
    title: 'What was restored does not read back as it was backed up',
    action: {
      en: 'Check disk and memory of the machine, then restore on another one.',
      zh: '请检查本机磁盘和内存,并在其他机器上恢复。',
    },
  },
  'folder.unusable': {
    ...once,
    kind: 'invalid',
    title: 'The data folder cannot be used',
    action: {
      en: 'Choose another DATA_DIR, or let this user write there.',
      zh: '请更换 DATA_DIR,或授予当前用户写权限。',
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
  'broker.away': {
    ...again,
    kind: 'unavailable',
    title: 'The broker does not answer',
    action: { en: 'Send the same request again shortly.', zh: '请稍后重发同一请求。' },
  },
  'broker.no_account': {
    ...once,
    kind: 'conflict',
    title: 'The service has no account at the broker',
    action: {
      en: 'Put an account of the broker into BROKER_URL: mqtt://user:password@host:port.',
      zh: '请在 BROKER_URL 中填写 broker 账号:mqtt://user:password@host:port。',
    },
  },
  'database.away': {
    ...again,
    kind: 'unavailable',
    title: 'The database does not answer',
    action: { en: 'Send the same request again shortly.', zh: '请稍后重发同一请求。' },
  },
} as const satisfies Record<string, ErrorEntry>;
