import { simulateCommand } from '../../src/simulator/simulate.command.js';

await simulateCommand().parseAsync();
