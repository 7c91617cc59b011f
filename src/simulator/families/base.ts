import { notAllowed } from '../answers.js';
import type { Family } from '../context.js';

/** What most cellular families have in common; a family says what differs. */
export const cellularBase = {
  baudRate: 115_200,
  echo: { form: 'characters', isOn: true },
  cmee: 1,
  isCompact: false,
  prompt: '\r\n> ',
  boot: { lines: ['RDY'] },
  keeps: 'ram',
  limits: {},
  overLength: 'refused',
  refusal: notAllowed,
  noise: ['+CEREG: 1', '+CSCON: 0'],
} as const satisfies Partial<Family>;
