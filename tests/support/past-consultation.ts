/** A closed consultation in which something was said and sent, for the tests that look back at one. */
import { HandMadeClient } from './test-host.ts';

/** One transparent pixel. */
export const photo = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** The doctor of an open consultation writes, and sends a picture. */
export async function writeAndSend(
  url: string,
  { consultationId, doctorToken }: { readonly consultationId: string; readonly doctorToken: string },
  { text, fileName }: { readonly text: string; readonly fileName: string },
): Promise<void> {
  const doctor = await new HandMadeClient(url, doctorToken).connected();
  await doctor.request('join');
  await doctor.request('message', { id: 'message-1', text });
  const files = `${url}/api/consultations/${consultationId}/files`;
  const authorization = `Bearer ${doctorToken}`;
  const announced = await fetch(files, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ uploadId: 'upload-1', name: fileName, size: photo.length }),
  });
  const { data } = (await announced.json()) as { data: { fileId: string } };
  const sent = await fetch(`${files}/${data.fileId}/content?offset=0`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/octet-stream' },
    body: photo,
  });
  if (!sent.ok) throw new Error(`The picture was answered with ${sent.status}.`);
  doctor.close();
}
