/** The first page of a pack, for whoever gets it, in both languages. */

export function readMe(clinicName: string, consultationId: string, createdAt: Date): string {
  return `${clinicName}
Consulta ${consultationId}. ${createdAt.toISOString()}

QUÉ HAY ACÁ
consultation.json   la consulta: personas, horarios y estado
recordings/         las grabaciones, con lo que se decidió sobre cada una. Un archivo .age está cifrado: se abre con age
                    (https://age-encryption.org) y la clave de grabaciones de la clínica
notes.txt           las notas clínicas; notes.json tiene todas las versiones
chat.json           los mensajes del chat
files/              los archivos enviados
consents.json       lo que cada persona aceptó o rechazó, en orden
presence.json       quién estuvo, cuándo y con qué calidad de conexión
audit.jsonl         lo que registró la auditoría de la clínica sobre esta consulta
manifest.json       la lista de todo lo anterior con su SHA-256, firmada por la clínica (Ed25519)

CÓMO SE COMPRUEBA
Con el programa AutaMedica Consultas, sin conexión y sin los datos de la clínica:
  npm run host -- verify-pack <este archivo> --key <clave pública de la clínica>
Nombra la primera parte que no es lo que la clínica entregó.

WHAT THIS IS
Everything of one consultation. consultation.json: the consultation. recordings/: what was recorded and what was decided about it; a
file .age is encrypted and opens with age and the clinic's recording key. notes.txt: the clinical notes, notes.json every version of
them. chat.json, files/: what was said and sent. consents.json: what people agreed to, in order. presence.json: who was there, when and
how well connected. audit.jsonl: the entries of the clinic's audit log on this consultation. manifest.json: a list of all of it with
its SHA-256, signed by the clinic (Ed25519).

HOW TO VERIFY IT
With the program AutaMedica Consultas, offline and without the clinic's data:
  npm run host -- verify-pack <this file> --key <public key of the clinic>
It names the first part that is not what the clinic handed out.
`;
}
