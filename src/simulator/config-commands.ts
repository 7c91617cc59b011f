import { notAllowed, ok } from './answers.js';
import type { Answer } from './answers.js';
import { integerIn } from './command-line.js';
import type { Argument, CommandLine } from './command-line.js';
import type { UnitContext } from './context.js';
import { line } from './line.js';
import { settingHelp } from './settings.js';
import { store } from './store.js';

/**
 * AT+LMQTTCFG: sets and shows one key of MQTT socket 0, the only one that exists.
 *
 * Shape: `"key",0` reads, `"key",0,<values>` writes; a key that was never set reads as OK alone.
 * Source: Lierda's command list as quoted publicly; read-back modelled on the QMT and ECMT parents.
 */
export function configure(unit: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'test') return ok(...settingHelp());
  const [key, id, ...values] = args;
  if (key?.kind !== 'text' || integerIn(id, 0, 0) === undefined) return notAllowed;
  if (key.text === 'aliauth') {
    return values.length === 0 ? showTriple(unit) : writeTriple(unit, values);
  }
  if (key.text === 'cloud') return values.length === 0 ? showCloud(unit) : setCloud(unit, values);
  const { settings } = unit.session;
  if (!settings.isKey(key.text)) return notAllowed;
  if (values.length > 0) return settings.set(key.text, values) ? ok() : notAllowed;
  const shown = settings.shown(key.text);
  return shown === undefined ? ok() : ok(`+LMQTTCFG: "${key.text}",0,${shown}`);
}

function showTriple({ memory: { triple } }: UnitContext): Answer {
  if (!triple) return ok();
  const { productKey, deviceName, deviceSecret } = triple;
  return ok(line`+LMQTTCFG: "aliauth",0,"${productKey}","${deviceName}","${deviceSecret}"`);
}

/** A missing, unquoted or empty field is refused; a too long one is answered with OK and lost. */
function writeTriple(unit: UnitContext, values: readonly Argument[]): Answer {
  const texts = values.map((value) => (value.kind === 'text' ? value.text : ''));
  const [productKey, deviceName, deviceSecret] = texts;
  if (texts.length !== 3 || !productKey || !deviceName || !deviceSecret) return notAllowed;
  return store(unit, { productKey, deviceName, deviceSecret }) ?? ok();
}

function showCloud({ memory: { cloud } }: UnitContext): Answer {
  if (!cloud) return ok();
  return ok(`+LMQTTCFG: "cloud",0,${String(cloud.cloudType)},${String(cloud.dataType)}`);
}

function setCloud({ memory }: UnitContext, values: readonly Argument[]): Answer {
  const cloudType = integerIn(values[0], 0, 255);
  const dataType = values.length < 2 ? 1 : integerIn(values[1], 0, 255);
  if (cloudType === undefined || dataType === undefined || values.length > 2) return notAllowed;
  memory.cloud = { cloudType, dataType };
  return ok();
}
