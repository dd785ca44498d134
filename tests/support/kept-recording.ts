/** A finished recording in a clinic's library: a real film, encrypted as the recorder does, and its row. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { identityToRecipient } from 'age-encryption';
import { createAgeFile } from '../../src/main/host/recordings/age-file.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';

/** A moving picture with a clock and a tone, WebM with cues. */
export async function makeFilm(seconds: number): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-film-'));
  try {
    const file = join(folder, 'film.webm');
    const picture = `testsrc2=size=320x180:rate=15:duration=${seconds}`;
    const sound = `sine=frequency=440:duration=${seconds}`;
    const codecs = '-c:v libvpx -deadline realtime -cpu-used 8 -b:v 400k -g 30 -c:a libopus';
    await promisify(execFile)('ffmpeg', [
      ...`-v error -y -f lavfi -i ${picture} -f lavfi -i ${sound} ${codecs} -cues_to_front 1`.split(' '),
      file,
    ]);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface KeptFile {
  readonly egressId: string;
  readonly path: string;
  readonly content: Buffer;
  readonly sha256: string;
}

/** Puts a content into the library of a clinic, also of one that is running. */
export async function keepRecording(
  dataDir: string,
  { consultationId }: { readonly consultationId: string },
  content: Buffer,
  change: {
    readonly startedAt?: Date;
    readonly durationMs?: number;
    readonly capturedMs?: number;
    readonly recipient?: string;
    readonly status?: 'EGRESS_COMPLETE' | 'EGRESS_ACTIVE';
  } = {},
): Promise<KeptFile> {
  const { secrets } = loadSecrets(dataDir);
  const egressId = `EG_${randomBytes(9).toString('base64url').replaceAll(/[-_]/g, 'x')}`;
  const folder = join(dataDir, 'recordings');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${egressId}.age`);
  const file = await createAgeFile(path, [
    change.recipient ?? (await identityToRecipient(secrets.recordingIdentity)),
  ]);
  await file.write(0, content);
  const { sizeBytes, sha256 } = await file.close();
  const { startedAt = new Date(), durationMs = 10_000, status = 'EGRESS_COMPLETE' } = change;
  const over = status === 'EGRESS_COMPLETE';
  const database = await openDatabase(join(dataDir, 'clinic.db'), secrets.databaseKey);
  try {
    await database
      .insertInto('recordings')
      .values({
        id: egressId,
        consultation_id: consultationId,
        recorder: 'client',
        status,
        started_at: startedAt.toISOString(),
        ended_at: over ? new Date(startedAt.getTime() + durationMs).toISOString() : null,
        ended_as: over ? 'stopped' : null,
        duration_ms: durationMs,
        captured_ms: change.capturedMs ?? durationMs,
        size_bytes: over ? sizeBytes : null,
        sha256: over ? sha256 : null,
        content_type: 'video/webm',
        recorder_identity: null,
        working_identity: null,
        grants: '[]',
        log_until: null,
        log_bytes: 0,
      })
      .execute();
  } finally {
    await database.destroy();
  }
  return { egressId, path, content, sha256 };
}
