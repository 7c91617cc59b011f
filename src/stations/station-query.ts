import { z } from 'zod';
import { idParam } from '../platform/http/id-param.js';

/** The query of every station route. Shape: `?station=st-1` names the station an admin acts for. */
export const stationQuery = z.strictObject({ station: idParam('st').optional() });
