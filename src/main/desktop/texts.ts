/** The few words the desktop shell itself says; everything else is the pages'. */

const spanish = {
  language: 'es' as 'es' | 'en',
  product: 'AutaMedica Consultas',
  reload: 'Volver a cargar',
  close: 'Cerrar',
  retry: 'Reintentar',
  crashedTitle: 'Esta ventana dejó de funcionar',
  crashedDetail: 'Volvé a cargarla para seguir. La consulta sigue abierta y se retoma donde estaba.',
  hostFailedTitle: 'El servidor de la clínica no pudo iniciar',
  hostFailedDetail: 'Detalle técnico (en inglés)',
  patientWaitingTitle: 'Hay un paciente esperando',
  patientWaitingBody: 'Abrí la sala de espera para recibirlo.',
  observerWaitingTitle: 'Alguien espera para observar',
  observerWaitingBody: 'Abrí la sala de espera para ver quién es.',
  messageTitle: 'Mensaje nuevo',
  messageBody: 'Llegó un mensaje a una consulta.',
  noHost: 'Esta ventana no tiene acceso al servidor de la clínica.',
};

type Texts = typeof spanish;

const english: Texts = {
  language: 'en',
  product: 'AutaMedica Consultas',
  reload: 'Reload',
  close: 'Close',
  retry: 'Try again',
  crashedTitle: 'This window stopped working',
  crashedDetail: 'Reload it to go on. The consultation is still open and continues where it was.',
  hostFailedTitle: "The clinic's server could not start",
  hostFailedDetail: 'Technical detail',
  patientWaitingTitle: 'A patient is waiting',
  patientWaitingBody: 'Open the waiting room to let them in.',
  observerWaitingTitle: 'Somebody waits to observe',
  observerWaitingBody: 'Open the waiting room to see who it is.',
  messageTitle: 'New message',
  messageBody: 'A message arrived in a consultation.',
  noHost: "This window has no access to the clinic's server.",
};

/** @param locale as the system names it, e.g. `es-AR`. Spanish unless the person uses English. */
export function textsFor(locale: string): Texts {
  return locale.toLowerCase().startsWith('en') ? english : spanish;
}

export type { Texts };
