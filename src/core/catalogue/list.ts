import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals of lists of devices: of a file as a whole, and of its rows. */
export const listErrors = {
  'csv.too_large': {
    ...once,
    kind: 'too_large',
    title: 'The file is too large',
    action: { en: 'Split the file: at most 128 MB each.', zh: '请拆分文件,每个不超过 128 MB。' },
  },
  'csv.too_many_rows': {
    ...once,
    kind: 'too_large',
    title: 'The file has too many rows',
    action: {
      en: 'Split the file: at most 1,000,000 rows each.',
      zh: '请拆分文件,每个不超过 1,000,000 行。',
    },
  },
  'csv.not_text': {
    ...once,
    kind: 'malformed',
    title: 'The file is no UTF-8 text',
    action: {
      en: 'Save the sheet as "CSV UTF-8" and send that file; a workbook (.xlsx) is not read.',
      zh: '请将表格另存为“CSV UTF-8”格式后重新上传;不支持 .xlsx 工作簿。',
    },
  },
  'csv.malformed': {
    ...once,
    kind: 'malformed',
    title: 'The file is no well-formed CSV',
    action: {
      en: 'Correct the quotes at the named line.',
      zh: '请更正所指行的引号。',
    },
  },
  'csv.columns_wrong': {
    ...once,
    kind: 'invalid',
    title: 'The header of the file does not name the columns that are needed',
    action: {
      en: 'Begin the file with a header that names each of the columns listed once.',
      zh: '文件首行须为表头,且所列各列名各出现一次。',
    },
  },
  'csv.secrets_given': {
    ...once,
    kind: 'invalid',
    title: 'The file brings secrets, and an order makes its own',
    action: {
      en: 'Take in triples that exist already with triplemint import (POST /api/v1/products/{productKey}/imports), or remove the column.',
      zh: '已有三元组请用 triplemint import 导入(POST /api/v1/products/{productKey}/imports),否则请删除该列。',
    },
  },
  'csv.empty': {
    ...once,
    kind: 'invalid',
    title: 'The list has no rows',
    action: { en: 'Send at least one device.', zh: '请至少提供一个设备。' },
  },
  'csv.interrupted': {
    ...again,
    kind: 'conflict',
    title: 'The upload broke off or took too long',
    action: {
      en: 'Nothing was kept; send the file again.',
      zh: '未保存任何数据,请重新上传文件。',
    },
  },
  'order.rows_refused': {
    ...once,
    kind: 'invalid',
    title: 'Rows of the list are wrong; nothing was minted',
    action: {
      en: 'Read what is wrong (GET /api/v1/orders/{orderId}/errors.csv), correct the rows and send the whole list again.',
      zh: '请查看 GET /api/v1/orders/{orderId}/errors.csv,更正后重新上传完整列表。',
    },
  },
  'row.columns_differ': {
    ...once,
    kind: 'invalid',
    title: 'The row has more or fewer cells than the header',
    action: {
      en: 'Give the row as many cells as the header has.',
      zh: '请使该行的列数与表头一致。',
    },
  },
  'row.name_invalid': {
    ...once,
    kind: 'invalid',
    title: 'The deviceName breaks the rules',
    action: {
      en: 'Use 4-32 of A-Z a-z 0-9 _ - @ . :',
      zh: '请使用 4-32 个字符:A-Z a-z 0-9 _ - @ . :',
    },
  },
  'row.name_repeated': {
    ...once,
    kind: 'invalid',
    title: 'The deviceName stands in the list before',
    action: { en: 'Name every device once.', zh: '每个设备名称只能出现一次。' },
  },
  'row.name_taken': {
    ...once,
    kind: 'conflict',
    title: 'The product has a device of this name already',
    action: { en: 'Remove the row or choose another name.', zh: '请删除该行或更换名称。' },
  },
  'row.product_differs': {
    ...once,
    kind: 'invalid',
    title: 'The row is of another product',
    action: {
      en: 'Send it to the product that its productKey names.',
      zh: '请上传到该 productKey 对应的产品。',
    },
  },
  'row.secret_invalid': {
    ...once,
    kind: 'invalid',
    title: 'The deviceSecret breaks the rules',
    action: {
      en: 'Use the secret as it was exported: 16-63 of A-Z a-z 0-9 _ - @ . :',
      zh: '请使用导出的原始密钥:16-63 个字符,A-Z a-z 0-9 _ - @ . :',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
