import { Injectable } from '@nestjs/common';
import { deviceLogin } from '../core/device-login.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { isShownIn } from '../core/read-back.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import { notFound } from './claim-move.js';
import { ClaimStore } from './claim.store.js';
import type { SpokenLine, Transcript } from './transcript.js';
import { TranscriptStore } from './transcript.store.js';

/** Transcripts of attempts that stations make themselves, at a bench or over HTTP. */
@Injectable()
export class TranscriptService {
  constructor(
    private readonly database: Database,
    private readonly claims: ClaimStore,
    private readonly store: TranscriptStore,
    private readonly secrets: DeviceSecrets,
  ) {}

  /**
   * Keeps what was said with a unit in an attempt of a station; the first that comes stays.
   *
   * Errors: `claim.not_found` where the station did not make this attempt; `claim.transcript_secret`
   * where a line shows the secret of the unit, or the password that follows from it.
   */
  async keep(transcript: Omit<Transcript, 'keptAt'>): Promise<void> {
    const { claimId } = transcript;
    if (!(await this.store.isAttemptOf(this.database.single, transcript))) throw notFound(claimId);
    await this.#refuseSecret(claimId, transcript.lines);
    await this.store.insert(this.database.single, transcript);
  }

  /**
   * The transcripts of a claim, or of one attempt of it, the newest first; `stationId` undefined: of
   * all stations.
   *
   * Errors: `claim.not_found`; `claim.no_transcript` when there is none, with the runs that have one.
   */
  async find(
    claimId: number,
    attempt: number | undefined,
    stationId: number | undefined,
  ): Promise<readonly Transcript[]> {
    const found = await this.store.find(this.database.single, claimId, attempt, stationId);
    if (found.length > 0) return found;
    const runs = await this.store.runsOf(this.database.single, claimId, stationId);
    throw runs ? noTranscript(claimId, attempt, runs) : notFound(claimId);
  }

  async #refuseSecret(claimId: number, lines: readonly SpokenLine[]): Promise<void> {
    const row = (await this.claims.findMany(this.database.single, [claimId])).get(claimId);
    if (!row) throw notFound(claimId);
    const { productKey, deviceName } = row;
    const deviceSecret = await this.secrets.derive(row);
    const { password } = deviceLogin({ productKey, deviceName, deviceSecret });
    // A line may have been cut anywhere.
    const said = lines.map(({ text }) => text).join('');
    if ([deviceSecret, password].some((secret) => isShownIn(secret, said))) {
      throw new DomainError('claim.transcript_secret', 'Nothing of it was kept.');
    }
  }
}

function noTranscript(
  claimId: number,
  attempt: number | undefined,
  runIds: readonly number[],
): DomainError {
  const runs = runIds.map((id) => `/api/v1/runs/${publicId('run', id)}`);
  const claim = publicId('clm', claimId);
  const what = attempt === undefined ? claim : `attempt ${attempt} of ${claim}`;
  const detail =
    runs.length > 0
      ? `What was said for ${claim} is with its runs: GET ${runs.join(', ')}.`
      : `Nobody has told what was said for ${what}.`;
  return new DomainError('claim.no_transcript', detail, { runs });
}
