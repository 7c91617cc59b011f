import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals of the command line when it works through a service. */
export const remoteErrors = {
  'remote.no_service': {
    ...once,
    kind: 'not_found',
    title: 'No running service is known here',
    action: {
      en: 'Start the service, set DATA_DIR to its folder, or name it with --server https://…',
      zh: '请启动服务,将 DATA_DIR 设为其数据目录,或用 --server https://… 指定。',
    },
  },
  'remote.server_invalid': {
    ...once,
    kind: 'invalid',
    title: 'The address of the service cannot be used',
    action: {
      en: 'Give https://host:port; http only for this machine, because a key goes along.',
      zh: '请提供 https://主机:端口;http 仅限本机,因为会携带密钥。',
    },
  },
  'remote.file_unreadable': {
    ...once,
    kind: 'not_found',
    title: 'A file for the connection cannot be read',
    action: {
      en: 'Name the key with --key-file and the authority with --ca-file.',
      zh: '请用 --key-file 指定密钥文件,用 --ca-file 指定 CA 文件。',
    },
  },
  'remote.key_invalid': {
    ...once,
    kind: 'invalid',
    title: 'The file holds no API key',
    action: {
      en: 'Name a file with nothing but the key in it: --key-file <file>.',
      zh: '请用 --key-file 指定仅包含密钥的文件。',
    },
  },
  'file.unreadable': {
    ...once,
    kind: 'not_found',
    title: 'The file cannot be read',
    action: { en: 'Name a file that you may read.', zh: '请指定可读取的文件。' },
  },
  'file.exists': {
    ...once,
    kind: 'conflict',
    title: 'The file is there already',
    action: {
      en: 'Choose another name, or, where the command has it, --force.',
      zh: '请另选文件名,或在命令支持时用 --force 覆盖。',
    },
  },
  'file.unwritable': {
    ...once,
    kind: 'conflict',
    title: 'The file cannot be written to',
    action: {
      en: 'Check the folder, its rights and the space on its disk.',
      zh: '请检查目录、其权限和所在磁盘的空间。',
    },
  },
  'remote.unreachable': {
    ...again,
    kind: 'unavailable',
    title: 'The service does not answer',
    action: {
      en: 'Check that it runs and that its address is right.',
      zh: '请检查服务是否运行、地址是否正确。',
    },
  },
  'remote.not_trusted': {
    ...once,
    kind: 'forbidden',
    title: 'The certificate of the service is not trusted',
    action: {
      en: 'Give the authority of the service with --ca-file (ca.crt in its data directory).',
      zh: '请用 --ca-file 指定服务的 CA(其数据目录中的 ca.crt)。',
    },
  },
  'remote.refused': {
    ...once,
    kind: 'conflict',
    title: 'The service refused',
    action: { en: 'Read what it says.', zh: '请查看服务返回的说明。' },
  },
} as const satisfies Record<string, ErrorEntry>;
