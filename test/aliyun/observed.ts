/** The HTTPS registrations of unmodified SDKs, byte for byte as they were sent. */
const agents = 'Accept: text/xml,text/javascript,text/html,application/json\r\n';
const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
const line = 'POST /auth/register/device HTTP/1.1\r\n';
const names = 'productKey=a1TESTpk001&deviceName=MODEM-0001';
const body3 =
  `${names}&random=8Ygb7ULYh53B6OA` +
  '&sign=E9EB5C9D407A6CBB55ECB805005E90224621A9FC6E5B73F55507B5EF02F17C14&signMethod=hmacsha256';
const npmHead = `${line}Accept: application/json, text/plain, */*\r\n${form}User-Agent: axios/0.18.1\r\n`;
const npmTail = 'Host: 127.0.0.1:18443\r\nConnection: keep-alive\r\n\r\n';

/** C Link SDK 4.2.0. */
export const c42 =
  `${line}Host: localhost\r\n${agents}${form}Content-Length: 153\r\n\r\n${names}&random=253086733` +
  '&sign=1D0A8D7D5A9323EB218B1BF9FC70802E7484DFA6D16909F7708F121308029097&signMethod=hmacsha256';

/** C SDK 3.2.0, whose `random` is always the same. */
export const c32 = `${line}Host: 127.0.0.1\r\n${agents}${form}Content-Length: 159\r\n\r\n${body3}`;

/** C SDK 3.0.1. */
export const c301 = `${line}Host: 127.0.0.1\r\n${agents}Content-Length: 159\r\n${form}\r\n${body3}`;

/** npm alibabacloud-iot-device-sdk 1.2.8, which always signs with SHA-1. */
export const npm128 =
  `${npmHead}Content-Length: 127\r\n${npmTail}${names}&random=rnd123456` +
  '&sign=5e6de4c5a460d036ed9dbe9b4a526be970148361&signMethod=hmacsha1';

const oddBody =
  'productKey=a1TESTpk001&deviceName=AA%3ABB%40c.d_e-f&random=r%2B%20%26%3D1' +
  '&sign=c7ff1374fa5c641b9ac4f6690316f7ce52303c67&signMethod=hmacsha1';

/** The same SDK for a device and a `random` that it percent-encodes. */
export const npm128Odd = `${npmHead}Content-Length: ${oddBody.length}\r\n${npmTail}${oddBody}`;

const pythonBody =
  `${names}&random=MtqoBFlb0CqhPgC` +
  '&sign=f930cecb43c3f1e107ccae12b48f69b72b290632f1f72fc4f61975f4d0c5b2a9&signMethod=hmacsha256';

/** Python linkkit 1.2.13. */
export const python =
  `${line}Accept-Encoding: identity\r\n${form}Content-Length: ${pythonBody.length}\r\n` +
  `User-Agent: Python-urllib/3.11\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n${pythonBody}`;

/** The CONNECT by which C Link SDK 4.2.0 registers, as hex. */
export const c42Connect =
  '10c40100044d51545404c204b0005e4d4f44454d2d303030312e613154455354706b3030317c72616e646f6d3d313335393233343039' +
  '352c61757468547970653d72656769737465722c7365637572656d6f64653d322c7369676e6d6574686f643d686d6163736861323536' +
  '7c00164d4f44454d2d3030303126613154455354706b3030310040343144354139453442373830433330343233363238364344463538' +
  '344332333044423639343237384230364437423842453346433237424135303838454635' +
  '36';
