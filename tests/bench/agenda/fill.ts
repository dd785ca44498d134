/** A program that writes the consultations of a clinic's years into the database of a data folder, as fast as it can. */
import { join } from 'node:path';
import { loadSecrets } from '../../../src/main/host/runtime/secrets.ts';
import { openDatabase } from '../../../src/main/host/storage/database.ts';
import { foldText } from '../../../src/main/host/storage/fold-text.ts';
import { clinicSize, timeOfConsultation } from './questions.ts';

const firstNames = ['Ana', 'María', 'José', 'Elena', 'Tomás', 'Inés', 'Jorge', 'Ramón'];
const lastNames = [
  'García',
  'Pérez',
  'Fernández',
  'Núñez',
  'Ruiz',
  'Sosa',
  'Benítez',
  'Quiroga',
  'Paz',
  'Díaz',
];
const doctors = ['Dr. Martín Ibarra', 'Dra. Lucía Gómez', 'Dra. Añasco'];
const chunk = 500;

async function fill(dataDir: string): Promise<void> {
  const database = await openDatabase(join(dataDir, 'clinic.db'), loadSecrets(dataDir).secrets.databaseKey);
  const now = new Date().toISOString();
  for (let first = 0; first < clinicSize.consultations; first += chunk) {
    const numbers = Array.from({ length: chunk }, (_, index) => first + index);
    const rows = numbers.map((number) => {
      const patientName = `${firstNames[number % 8]} ${lastNames[Math.floor(number / 8) % 10]} ${number}`;
      const doctorName = doctors[number % 3] ?? '';
      const at = timeOfConsultation(number);
      const past = at < now;
      return {
        id: `consultation-of-years-${number}`,
        patient_id: `patient-${number % clinicSize.patients}`,
        doctor_id: `doctor-${number % 3}`,
        title: number % 4 === 0 ? 'Control' : null,
        patient_name: patientName,
        doctor_name: doctorName,
        scheduled_at: at,
        duration_minutes: 30,
        transport: 'auto' as const,
        state: past ? ('closed' as const) : ('planned' as const),
        room_sid: `RM_${number}`,
        created_at: at,
        started_at: past ? at : null,
        closed_at: past ? at : null,
        cancel_reason: null,
        search_text: foldText(`${patientName} ${doctorName} ${number % 4 === 0 ? 'Control' : ''}`),
      };
    });
    await database.transaction().execute(async (transaction) => {
      await transaction.insertInto('consultations').values(rows).execute();
      await transaction
        .insertInto('invitations')
        .values(
          numbers.map((number) => ({
            code: number.toString(36).toUpperCase().padStart(6, '0'),
            consultation_id: `consultation-of-years-${number}`,
            role: 'patient' as const,
            created_at: now,
            revoked_at: null,
          })),
        )
        .execute();
    });
  }
  await database.destroy();
}

await fill(process.argv[2] ?? '');
