import { notAllowed, okThen } from './answers.js';
import type { Answer } from './answers.js';
import { integerIn, textUpTo } from './command-line.js';
import type { Argument, CommandLine } from './command-line.js';
import type { UnitContext } from './context.js';
import type { Topic } from './link-results.js';
import { isWrongId } from './mqtt-commands.js';
import { asQos, maxMessageBytes, maxTopicBytes } from './settings.js';

const maxMsgId = 65_535;

/**
 * AT+LMQTTSUBUNSUB: subscribes (0) or unsubscribes (1).
 *
 * Shape: the result comes as `+LMQTTSUBUNSUB: 0,<msgID>,<result>,<ext>` or, spelt so by the
 * vendor, `+LMQTTUNSUNSUB:`; ext 1 is done, 7 refused. Source: LMQTT notes.
 */
export function subscribe(unit: UnitContext, { args }: CommandLine): Answer {
  const isRemoval = integerIn(args[1], 0, 1) === 1;
  const msgId = integerIn(args[2], 0, maxMsgId);
  const topics = readTopics(args.slice(3), isRemoval);
  if (isWrongId(args) || integerIn(args[1], 0, 1) === undefined) return notAllowed;
  if (msgId === undefined || !topics || unit.link.state !== 'connected') return notAllowed;
  const head = isRemoval ? '+LMQTTUNSUNSUB' : '+LMQTTSUBUNSUB';
  const report = (isDone: boolean): void => {
    unit.report(`${head}: 0,${String(msgId)},${isDone ? '0,1' : '2,7'}`);
  };
  return okThen(() => {
    const names = topics.map((topic) => topic.name);
    if (isRemoval) unit.link.unsubscribe(names, report);
    else unit.link.subscribe(topics, report);
  });
}

/** Topic and QoS in turn; the QoS may be left out when unsubscribing. */
function readTopics(args: readonly Argument[], isRemoval: boolean): Topic[] | undefined {
  const topics: Topic[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const name = textUpTo(args[at], maxTopicBytes);
    const qos = asQos(args[at + 1]);
    if (!name || (qos === undefined && !isRemoval)) return undefined;
    if (qos !== undefined) at += 1;
    topics.push({ name, qos: qos ?? 0 });
  }
  return topics.length === 0 ? undefined : topics;
}

/**
 * AT+LMQTTPUB: publishes; the result comes as `+LMQTTPUB: 0,<msgID>,<result>`.
 *
 * Shape: with a quoted message that has the stated length, or without one: then `> ` asks for
 * exactly so many bytes. `msgID` is 0 exactly when `qos` is 0.
 * Source: Lierda's command list as quoted publicly; limits of the XinYi parent.
 */
export function publish(unit: UnitContext, { args }: CommandLine): Answer {
  const msgId = integerIn(args[1], 0, maxMsgId);
  const qos = asQos(args[2]);
  const retain = integerIn(args[3], 0, 1);
  const name = textUpTo(args[4], maxTopicBytes);
  const sizeBytes = integerIn(args[5], 0, maxMessageBytes);
  if (isWrongId(args) || args.length > 7 || unit.link.state !== 'connected') return notAllowed;
  if (msgId === undefined || qos === undefined || retain === undefined) return notAllowed;
  if (!name || /[+#]/.test(name) || sizeBytes === undefined) return notAllowed;
  if ((qos === 0) !== (msgId === 0)) return notAllowed;
  const send = (payload: Buffer): Answer =>
    okThen(() => {
      unit.link.publish({ name, qos, isRetained: retain === 1 }, payload, (isSent) => {
        if (isSent) unit.counts.published += 1;
        unit.report(`+LMQTTPUB: 0,${String(msgId)},${isSent ? '0' : '2'}`);
      });
    });
  const message = args[6];
  if (message === undefined) return { kind: 'prompt', sizeBytes, take: send };
  if (message.kind !== 'text' || message.bytes.length !== sizeBytes) return notAllowed;
  return send(message.bytes);
}
