/** Every operation of the desktop shell, once. Served to its own windows over message ports, never over the network. */
import { oc } from '@orpc/contract';
import * as z from 'zod';
import { hostFailureReasons } from './host-failure.ts';

/**
 * What a window of the desktop app is for; the shell decides it when it opens the window.
 * `clinic` and `consultation` belong to the staff; `join` belongs to an invited person and has no way to the host's contract; `start` asks what this computer is for, and has none either.
 */
export const windowKinds = ['clinic', 'consultation', 'join', 'start'] as const;
export type WindowKind = (typeof windowKinds)[number];

export interface DesktopOperationMeta {
  /** Kinds of window that may call it. */
  readonly windows: readonly WindowKind[];
}

const base = oc.$meta<DesktopOperationMeta>({ windows: [] }).errors({
  FORBIDDEN: { status: 403, message: 'This window may not do that.' },
});
const everyWindow = windowKinds;
const staffWindows: readonly WindowKind[] = ['clinic', 'consultation'];

/** `unknown`: the system does not say; asking for the device is the only way to find out. */
export const mediaAccessSchema = z.enum(['granted', 'denied', 'restricted', 'not-determined', 'unknown']);
export type MediaAccess = z.infer<typeof mediaAccessSchema>;

export const captureSourceSchema = z.object({
  id: z.string(),
  /** The window's or the screen's title, as the system names it. */
  name: z.string(),
  kind: z.enum(['screen', 'window']),
  /** PNG as a data URL; empty when the system gives no preview. */
  thumbnail: z.string(),
  /** PNG as a data URL; windows only, and only where the system has one. */
  icon: z.string().optional(),
});
export type CaptureSource = z.infer<typeof captureSourceSchema>;

const fingerprintSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const foundClinicSchema = z.object({
  name: z.string(),
  /** Origin of its host. */
  address: z.string(),
  /** Of its certificate authority, SHA-256, hexadecimal. */
  fingerprint: fingerprintSchema,
});
export type FoundClinic = z.infer<typeof foundClinicSchema>;

export const hostStateSchema = z.discriminatedUnion('name', [
  /** This app has no host: it is used by an invited person, or paired with a clinic's host elsewhere. */
  z.object({ name: z.literal('none') }),
  z.object({ name: z.literal('starting') }),
  z.object({ name: z.literal('running'), url: z.string() }),
  /** `message` says what to do next, in the user's language. */
  z.object({
    name: z.literal('failed'),
    reason: z.enum(hostFailureReasons),
    message: z.string(),
    /** The same in English, with every detail, for whoever looks after the computer. */
    detail: z.string(),
  }),
]);
export type HostState = z.infer<typeof hostStateSchema>;

export const closingAnswerSchema = z.enum(['save', 'stay', 'leave']);
export type ClosingAnswer = z.infer<typeof closingAnswerSchema>;

/** `cancelled`: its person did not want it any more. `failed`: the host or the disk did not give what it takes; nothing is left of it. */
export const savingOutcomeSchema = z.enum(['saved', 'cancelled', 'failed']);
export type SavingOutcome = z.infer<typeof savingOutcomeSchema>;

/** With the words of each answer. */
export const closingQuestionSchema = z.object({
  message: z.string().max(200),
  detail: z.string().max(500),
  /** Absent where it cannot be made safe now. */
  save: z.string().max(60).optional(),
  stay: z.string().max(60),
  leave: z.string().max(60),
});
export type ClosingQuestion = z.infer<typeof closingQuestionSchema>;

export const desktopContract = {
  app: {
    info: base.meta({ windows: everyWindow }).output(
      z.object({
        version: z.string(),
        electron: z.string(),
        chromium: z.string(),
        platform: z.string(),
        window: z.enum(windowKinds),
        /** Whether the system has its own picker for screens and windows, so that ours must not be shown. */
        systemPicker: z.boolean(),
        /** What its owner calls this computer. */
        computerName: z.string(),
      }),
    ),
    host: base.meta({ windows: staffWindows }).output(hostStateSchema),
    /** Asks again what this computer is for. Only where nothing hangs on what it was: no host, no pairing. */
    ask: base.meta({ windows: ['join'] }),
    /** Ends the clinic's host on this computer and asks again what it is for. Everything the clinic has stored stays where it is. */
    leaveClinic: base.meta({ windows: ['clinic'] }),
    /** What opens the clinic's backups on another computer. Only on the computer the clinic is on. */
    recoveryKey: base
      .meta({ windows: ['clinic'] })
      .output(z.object({ recoveryKey: z.string(), computerName: z.string() })),
    /** What opens the clinic's recordings with age. Only on the computer the clinic is on. */
    recordingKey: base.meta({ windows: ['clinic'] }).output(
      z.object({
        /** The private key, `AGE-SECRET-KEY-1…`. */
        identity: z.string(),
        /** The public one, by which it is known which recordings it opens. */
        recipient: z.string(),
        computerName: z.string(),
      }),
    ),
    /** What this computer is for, from now on: the window for it opens, the one that asked closes. */
    begin: base.meta({ windows: ['start'] }).input(z.object({ mode: z.enum(['clinic', 'client']) })),
  },

  /** The clinic of a paired computer. The credential stays with the shell. */
  clinic: {
    /** Redeems a pairing code; the clinic's window then opens and the others of the staff close. */
    pair: base
      .meta({ windows: ['start', ...staffWindows] })
      .input(
        z.object({
          address: z.string().max(200),
          code: z.string().max(64),
          deviceName: z.string().min(1).max(120),
          /** Of the clinic's certificate authority, where a link or the network said it. */
          fingerprint: fingerprintSchema.optional(),
        }),
      )
      .errors({
        BAD_ADDRESS: { status: 400, message: 'This is not the address of a clinic.' },
        INSECURE_ADDRESS: { status: 400, message: 'Only this computer may be reached in clear. Use https.' },
        HOST_UNREACHABLE: { status: 503, message: 'No clinic answers at this address.' },
        PAIRING_NOT_FOUND: { status: 404, message: 'The pairing code is wrong, used or too old.' },
        TOO_MANY_REQUESTS: { status: 429, message: 'Too many wrong codes came from here. Wait ten minutes.' },
      }),
    /** Clinics that announce themselves on this computer's networks; takes about a second. Nothing but a proof of the pairing code shows that one is who it says. */
    find: base.meta({ windows: ['start', ...staffWindows] }).output(z.array(foundClinicSchema)),
    /** Gives the pairing up on this side and asks again what this computer is for. */
    forget: base.meta({ windows: staffWindows }),
  },

  windows: {
    /** Opens the doctor's window of a consultation, or brings it to the front. */
    openConsultation: base
      .meta({ windows: staffWindows })
      .input(z.object({ consultationId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/) })),
    /** Opens an invitation (`autamedica://join?…`, or the web link of the same) in a window of its own. */
    openInvitation: base
      .meta({ windows: everyWindow })
      .input(z.object({ link: z.string().max(2_000) }))
      .errors({ INVITATION_NOT_FOUND: { status: 404, message: 'This is not an invitation link.' } }),
    close: base.meta({ windows: everyWindow }),
    /**
     * Asks natively what is to become of something that closing this window would cut off, in the page's own words. `leave`: it
     * closes at once; `save`: the page closes it when everything is safe; `stay`: nothing closes, nor does the app. While a question
     * stands over the window already, its answer is the answer.
     */
    askToClose: base
      .meta({ windows: ['consultation'] })
      .input(closingQuestionSchema)
      .output(closingAnswerSchema),
    /**
     * Saves a recording or a pack of the clinic's host, by the address that the host gave for it: the system asks where to.
     * Answers when it has ended, which takes as long as the person and the file take.
     */
    save: base
      .meta({ windows: staffWindows })
      .input(z.object({ url: z.string().max(2_000) }))
      .output(savingOutcomeSchema),
    /** Opens the system's print dialogue for this window. */
    print: base.meta({ windows: staffWindows }),
    /** Asks for the user's eyes without taking the focus: the taskbar entry flashes, the dock icon bounces. */
    attention: base.meta({ windows: everyWindow }),
  },

  /** Screen sharing: list, choose, then call `getDisplayMedia`, which gives the chosen source once. */
  capture: {
    sources: base
      .meta({ windows: ['consultation'] })
      .input(
        z.object({
          /** Longest side of the previews, in pixels. */
          thumbnailSize: z.int().min(0).max(640).default(320),
        }),
      )
      .output(z.array(captureSourceSchema)),
    choose: base
      .meta({ windows: ['consultation'] })
      .input(z.object({ id: z.string().max(200), audio: z.boolean().default(false) }))
      .errors({ SOURCE_GONE: { status: 404, message: 'That screen or window is not there any more.' } }),
  },

  /** What the system, not the app, lets this program use. */
  devices: {
    access: base
      .meta({ windows: everyWindow })
      .output(
        z.object({ camera: mediaAccessSchema, microphone: mediaAccessSchema, screen: mediaAccessSchema }),
      ),
    /** Shows the system's question where there is one (macOS); elsewhere answers what is known. */
    requestAccess: base
      .meta({ windows: everyWindow })
      .input(z.object({ device: z.enum(['camera', 'microphone']) }))
      .output(mediaAccessSchema),
    /** Opens the system's privacy settings for a device, where they can be opened. */
    openSettings: base
      .meta({ windows: everyWindow })
      .input(z.object({ device: z.enum(['camera', 'microphone', 'screen']) }))
      .output(z.object({ opened: z.boolean() })),
  },

  notices: {
    /** A notification of the system. The texts are the shell's, so that no health data can reach a lock screen. */
    show: base
      .meta({ windows: staffWindows })
      .input(z.object({ notice: z.enum(['patient-waiting', 'observer-waiting', 'message-received']) })),
    /** The number on the app's icon, where the system shows one; 0 takes it away. */
    badge: base.meta({ windows: staffWindows }).input(z.object({ count: z.int().min(0).max(999) })),
  },

  clipboard: {
    write: base.meta({ windows: everyWindow }).input(z.object({ text: z.string().max(20_000) })),
  },
};

export type DesktopContract = typeof desktopContract;
