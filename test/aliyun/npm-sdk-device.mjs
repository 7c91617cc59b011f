// A device as Alibaba's npm SDK makes it, run by npm-sdk.spec.ts in a process of its own.

import iot from 'alibabacloud-iot-device-sdk';

const tell = (what, detail) => process.send({ what, detail });

process.once('message', ({ product, registerURL, brokerUrl, property }) => {
  iot.register({ ...product, registerURL }, (answer) => {
    tell('registered', answer);
    if (answer.code === 200) live(answer.data, brokerUrl, property);
  });
});

function live(triple, brokerUrl, property) {
  const device = iot.device({ ...triple, brokerUrl });
  device.mqttClient.on('packetreceive', ({ cmd, granted }) => {
    if (cmd === 'suback') tell('subscribed', granted);
  });
  for (const event of ['connect', 'close', 'error']) {
    device.on(event, ([detail]) => tell(event, detail && String(detail)));
  }
  device.on('connect', () => {
    device.postProps(property, (reply) => tell('posted', reply));
  });
  device.onService('reboot', (call, reply) => {
    tell('called', call);
    reply({ id: call.id, code: 200, data: { isDone: true } });
  });
  process.on('message', () => device.end(true, () => process.disconnect()));
}
