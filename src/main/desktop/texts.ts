/** The few words the desktop shell itself says; everything else is the pages'. */

const spanish = {
  product: 'AutaMedica Consultas',
  reload: 'Volver a cargar',
  close: 'Cerrar',
  retry: 'Reintentar',
  crashedTitle: 'Esta ventana dejó de funcionar',
  crashedDetail: 'Volvé a cargarla para seguir. La consulta sigue abierta y se retoma donde estaba.',
  hostFailedTitle: 'El servidor de la clínica no pudo iniciar',
  portTaken: (port: number) =>
    `El puerto ${port} ya está en uso por otro programa. Cerrá ese programa (puede ser otra copia de AutaMedica) y volvé a intentar, o iniciá la app con otro puerto en la variable PORT.`,
  badSetting: (detail: string) =>
    `Hay una configuración que no sirve. Corregila y volvé a intentar. ${detail}`,
  hostFailed: (detail: string) => `${detail} El registro de la app tiene los detalles.`,
  patientWaitingTitle: 'Hay un paciente esperando',
  patientWaitingBody: 'Abrí la sala de espera para recibirlo.',
  messageTitle: 'Mensaje nuevo',
  messageBody: 'Llegó un mensaje a una consulta.',
  noHost: 'Esta ventana no tiene acceso al servidor de la clínica.',
};

type Texts = typeof spanish;

const english: Texts = {
  product: 'AutaMedica Consultas',
  reload: 'Reload',
  close: 'Close',
  retry: 'Try again',
  crashedTitle: 'This window stopped working',
  crashedDetail: 'Reload it to go on. The consultation is still open and continues where it was.',
  hostFailedTitle: "The clinic's server could not start",
  portTaken: (port) =>
    `Port ${port} is in use by another program. Close that program (it may be another copy of AutaMedica) and try again, or start the app with another port in the variable PORT.`,
  badSetting: (detail) => `One of the settings cannot be used. Correct it and try again. ${detail}`,
  hostFailed: (detail) => `${detail} The app's log has the details.`,
  patientWaitingTitle: 'A patient is waiting',
  patientWaitingBody: 'Open the waiting room to let them in.',
  messageTitle: 'New message',
  messageBody: 'A message arrived in a consultation.',
  noHost: "This window has no access to the clinic's server.",
};

/** @param locale as the system names it, e.g. `es-AR`. Spanish unless the person uses English. */
export function textsFor(locale: string): Texts {
  return locale.toLowerCase().startsWith('en') ? english : spanish;
}

export type { Texts };
