/** Why the clinic's host did not start and what to do next, in the languages of the shell. */
import type { HostFailure, HostFailureFacts, HostFailureReason } from '../../shared/contract/host-failure.ts';
import type { Texts } from './texts.ts';

type Sentences = Readonly<Record<HostFailureReason, (facts: HostFailureFacts) => string>>;

const day = (locale: string, createdAt: string) =>
  new Date(createdAt).toLocaleString(locale, { dateStyle: 'long', timeStyle: 'short' });

const restoreSpanish = ({ backup }: HostFailureFacts) =>
  backup === undefined
    ? 'No hay copias de seguridad en esta computadora. Si guardás alguna en otro disco, restaurala con: npm run host -- restore "carpeta de la copia".'
    : `La última copia de seguridad es del ${day('es-AR', backup.createdAt)}. Para restaurarla: npm run host -- restore "${backup.folder}".`;

const spanish: Sentences = {
  'port-taken': ({ port }) =>
    `El puerto ${port} ya está en uso por otro programa. Cerrá ese programa (puede ser otra copia de AutaMedica) y volvé a intentar, o iniciá la app con otro puerto en la variable PORT.`,
  'bad-setting': () => 'Hay una configuración que no sirve. Corregila y volvé a intentar.',
  'database-damaged': (facts) =>
    `La base de datos de la clínica (${facts.path}) está dañada y no se puede leer entera. No se cambió nada. ${restoreSpanish(facts)}`,
  'database-missing': (facts) =>
    `La base de datos de la clínica (${facts.path}) no está o quedó vacía. Si la moviste, volvé a ponerla en su lugar. ${restoreSpanish(facts)}`,
  'database-of-other-keys': (facts) =>
    `La base de datos de la clínica (${facts.path}) no se abre con las claves que hay en esta computadora: está dañada, o el archivo secrets.json es de otra clínica. No se cambió nada. Volvé a poner el secrets.json que corresponde, o restaurá una copia. ${restoreSpanish(facts)}`,
  'newer-schema': () =>
    'Los datos de la clínica los guardó una versión más nueva de AutaMedica. No se cambió nada. Instalá de nuevo la versión más nueva.',
  'keys-missing': ({ path }) =>
    `Están los datos de la clínica pero faltan sus claves (${path}). Sin ellas no se pueden leer. Volvé a poner el archivo, o restaurá una copia de seguridad con la clave de recuperación.`,
  'keys-unreadable': ({ path }) =>
    `El usuario con el que entraste no puede leer las claves de la clínica (${path}). Dale permiso sobre el archivo, o entrá con el usuario que instaló la app.`,
  'keys-damaged': ({ path }) =>
    `El archivo con las claves de la clínica (${path}) está dañado. No se cambió nada. Restaurá una copia de seguridad con: npm run host -- restore "carpeta de la copia".`,
  'keys-in-keyring': () =>
    'Las claves de la clínica están en el llavero de contraseñas del sistema, y el llavero no las entregó. No se perdió nada. Entrá con el usuario que instaló la app, desbloqueá su llavero y volvé a intentar. Si ese llavero ya no existe, iniciá la app una vez con la clave de recuperación en la variable SECRETS_KEY.',
  'keys-sealed': () =>
    'Las claves de la clínica están selladas con otra clave. No se perdió nada. Iniciá la app con esa clave en la variable SECRETS_KEY, o con la clave de recuperación.',
  'disk-full': ({ path }) =>
    `El disco de la clínica está lleno${path === undefined ? '' : ` (${path})`}. Liberá espacio y volvé a intentar. No se perdió nada de lo guardado.`,
  'folder-not-writable': ({ path }) =>
    `No se puede escribir en la carpeta de los datos${path === undefined ? '' : ` (${path})`}. Revisá que exista, que el disco no esté protegido y que tu usuario tenga permiso, o elegí otra con la variable DATA_DIR.`,
  other: () => 'Pasó algo que no esperábamos. El registro de la app tiene los detalles.',
};

const restoreEnglish = ({ backup }: HostFailureFacts) =>
  backup === undefined
    ? 'There is no backup on this computer. If you keep one on another disk, restore it with: npm run host -- restore "folder of the backup".'
    : `The newest backup is of ${day('en', backup.createdAt)}. To restore it: npm run host -- restore "${backup.folder}".`;

const english: Sentences = {
  'port-taken': ({ port }) =>
    `Port ${port} is in use by another program. Close that program (it may be another copy of AutaMedica) and try again, or start the app with another port in the variable PORT.`,
  'bad-setting': () => 'One of the settings cannot be used. Correct it and try again.',
  'database-damaged': (facts) =>
    `The clinic's database (${facts.path}) is damaged and cannot be read in full. Nothing was changed. ${restoreEnglish(facts)}`,
  'database-missing': (facts) =>
    `The clinic's database (${facts.path}) is missing or empty. If you moved it, put it back. ${restoreEnglish(facts)}`,
  'database-of-other-keys': (facts) =>
    `The clinic's database (${facts.path}) does not open with the keys on this computer: it is damaged, or secrets.json belongs to another clinic. Nothing was changed. Put the right secrets.json back, or restore a backup. ${restoreEnglish(facts)}`,
  'newer-schema': () =>
    "The clinic's data was written by a newer version of AutaMedica. Nothing was changed. Install the newer version again.",
  'keys-missing': ({ path }) =>
    `The clinic's data is here, but its keys (${path}) are missing. It cannot be read without them. Put the file back, or restore a backup with the recovery key.`,
  'keys-unreadable': ({ path }) =>
    `The user you are logged in as cannot read the clinic's keys (${path}). Give access to the file, or log in as the user who installed the app.`,
  'keys-damaged': ({ path }) =>
    `The file with the clinic's keys (${path}) is damaged. Nothing was changed. Restore a backup with: npm run host -- restore "folder of the backup".`,
  'keys-in-keyring': () =>
    "The clinic's keys are in the system's keyring, which did not give them out. Nothing is lost. Log in as the user who installed the app, unlock its keyring and try again. If that keyring is gone, start the app once with the recovery key in the variable SECRETS_KEY.",
  'keys-sealed': () =>
    "The clinic's keys are sealed by another key. Nothing is lost. Start the app with that key in the variable SECRETS_KEY, or with the recovery key.",
  'disk-full': ({ path }) =>
    `The clinic's disk is full${path === undefined ? '' : ` (${path})`}. Free space and try again. Nothing that was saved is lost.`,
  'folder-not-writable': ({ path }) =>
    `The data folder cannot be written to${path === undefined ? '' : ` (${path})`}. See that it exists, that the disk is not write-protected and that your user has access, or choose another one with the variable DATA_DIR.`,
  other: () => "Something unexpected happened. The app's log has the details.",
};

const sentences = { es: spanish, en: english } as const;

export function hostFailureText(failure: HostFailure, { language }: Pick<Texts, 'language'>): string {
  return sentences[language][failure.reason](failure);
}
