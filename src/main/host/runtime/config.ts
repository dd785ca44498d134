/** The host's settings: the only place that reads the environment, with errors that name the variable. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { type RedisConfig, redisConfig } from '../livekit/redis.ts';
import type { LanSharingSettings } from '../network/lan-sharing.ts';
import type { S3Settings } from '../recordings/s3-bucket.ts';
import type { SupabaseAuth } from '../staff/accounts.ts';
import type { SupabaseProject } from '../sync/supabase.ts';
import { isAgeRecipient } from './age-keys.ts';
import { HostFailureError } from './host-failure.ts';
import type { LogFormat, LogLevel } from './log.ts';

export interface HostConfig {
  /** Loopback address the plain HTTP door listens on. */
  readonly address: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Origins of web pages that may call the loopback door, beside the host's own pages. */
  readonly corsOrigins: readonly string[];
  /** With a key, the loopback door asks for it; without, programs on this computer are the clinic. */
  readonly apiKey: string | undefined;
  /** Whether a TLS proxy stands before this host, so that forwarded addresses and schemes are believed. */
  readonly trustProxy: boolean;
  /** Address of the host as people outside reach it, when a proxy gives it one. */
  readonly publicUrl: string | undefined;
  /** Where the clinic's data lives. */
  readonly dataDir: string;
  /** Seals the clinic's keys in the data folder; also the recovery key is taken here. */
  readonly secretsKey: string | undefined;
  readonly backups: {
    /** Where automatic backups and those asked for by the API go. */
    readonly dir: string;
    /** How many daily ones are kept; 0 makes none. */
    readonly keep: number;
  };
  /** Where the built web app lies; undefined serves the API only. */
  readonly webRoot: string | undefined;
  /** Folder with files shipped beside the app, such as a livekit-server binary. */
  readonly resourcesDir: string | undefined;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  /** What the clinic is called until somebody names it in the settings. */
  readonly clinicName: string;
  readonly files: {
    /** Largest file, bytes. */
    readonly maxBytes: number;
    /** All files of one consultation, bytes. */
    readonly maxConsultationBytes: number;
  };
  readonly recordings: {
    /** The age recipient that recordings are encrypted to instead of the clinic's own; its key is somewhere else, and this host reads none of them. */
    readonly recipient: string | undefined;
    /** Days after which recordings are deleted by themselves; undefined: never. */
    readonly retentionDays: number | undefined;
  };
  /** Staff may sign in with accounts of this project; undefined: nobody asks anybody outside. */
  readonly supabaseAuth: SupabaseAuth | undefined;
  /** Is told what happens to consultations; undefined: nobody is. */
  readonly tracking: SupabaseProject | undefined;
  /** Where finished recordings are uploaded, encrypted as they are; undefined: they stay on this disk. */
  readonly s3: S3Settings | undefined;
  readonly network: LanSharingSettings;
  readonly livekit: {
    /** A server run by somebody else; undefined: the embedded one. */
    readonly external: { readonly url: string; readonly key: string; readonly secret: string } | undefined;
    /** Signs participant tokens; undefined: generated keys. */
    readonly tokenKeys: { readonly key: string; readonly secret: string } | undefined;
    /** Path of a livekit-server binary to use instead of looking for one. */
    readonly serverPath: string | undefined;
    /** False: never run or fetch a video server. */
    readonly embedded: boolean;
    /** What the search for a video server and its tools may know of this computer's environment: PATH, home and the like. */
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** Where a fetched server is kept; undefined: in the data folder. */
    readonly cacheDir: string | undefined;
    /** Given to the embedded server, so that LiveKit Egress finds it. */
    readonly redis: RedisConfig | undefined;
    /** Where LiveKit Egress writes what it records, in clear: a folder that it shares with this host, or the S3 bucket. Undefined: it does not record. */
    readonly egress: { readonly to: 'folder'; readonly folder: string } | { readonly to: 's3' } | undefined;
  };
}

const megabyte = 1_000_000;

const flag = z
  .enum(['1', 'true', 'yes', 'on', '0', 'false', 'no', 'off'])
  .transform((value) => ['1', 'true', 'yes', 'on'].includes(value));

const environmentSchema = z.object({
  PORT: z.coerce.number('PORT must be a number').int().min(0).max(65_535).default(8888),
  CORS_ORIGIN: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .pipe(z.array(z.url({ protocol: /^https?$/ }).transform((origin) => new URL(origin).origin))),
  API_KEY: z.string().min(16, 'use at least 16 characters').optional(),
  TRUST_PROXY: flag.default(false),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((address) => new URL(address))
    .refine(({ href, origin }) => href === `${origin}/`, 'give the address without a path')
    // As a browser writes it, because it is compared with what browsers send.
    .transform(({ origin }) => origin)
    .optional(),
  DATA_DIR: z.string().optional(),
  SECRETS_KEY: z.string().min(20, 'use at least 20 characters').optional(),
  BACKUP_DIR: z.string().optional(),
  BACKUP_KEEP: z.coerce.number('BACKUP_KEEP must be a number').int().min(0).max(1_000).default(14),
  LOG_FORMAT: z.enum(['terminal', 'json']).default('terminal'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  TLS_PORT: z.coerce.number('TLS_PORT must be a number').int().min(0).max(65_535).default(8443),
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  LAN_ADDRESS: z.union([z.ipv4(), z.ipv6()]).optional(),
  SHARE_ON_NETWORK: flag.optional(),
  CLINIC_NAME: z.string().trim().min(1).max(120).default('AutaMedica'),
  SUPABASE_URL: z
    .url({ protocol: /^https?$/ })
    .transform((address) => new URL(address))
    .refine(({ protocol, hostname }) => protocol === 'https:' || isLoopback(hostname), 'use https')
    .transform(({ origin }) => origin)
    .optional(),
  SUPABASE_SERVICE_KEY: z.string().min(1).optional(),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .transform((address) => new URL(address))
    // The answers say what is safe, and nothing in clear could be believed.
    .refine(({ protocol, hostname }) => protocol === 'https:' || isLoopback(hostname), 'use https')
    .refine(
      ({ href, origin }) => href === `${origin}/`,
      'give the address without a path; the bucket goes into S3_BUCKET',
    )
    .transform(({ origin }) => origin)
    .optional(),
  S3_REGION: z.string().min(1).default('us-east-1'),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'use the name of a bucket: 3 to 63 of a-z, 0-9, . and -')
    .optional(),
  S3_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9!_.*'()/-]{0,200}$/, "use letters, digits and ! _ . * ' ( ) / - only")
    .default('')
    .transform((prefix) => prefix.replace(/^\/+|\/+$/g, ''))
    .transform((prefix) => (prefix === '' ? '' : `${prefix}/`)),
  S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  S3_FORCE_PATH_STYLE: flag.default(true),
  S3_CA: z.string().optional(),
  S3_KEEP_LOCAL_DAYS: z.coerce.number('S3_KEEP_LOCAL_DAYS must be a number').min(0).max(36_500).optional(),
  SUPABASE_JWT_SECRET: z.string().min(32, 'use at least 32 characters, as Supabase does').optional(),
  FILE_MAX_MB: z.coerce.number('FILE_MAX_MB must be a number').min(1).max(2_048).default(50),
  CONSULTATION_FILES_MAX_MB: z.coerce
    .number('CONSULTATION_FILES_MAX_MB must be a number')
    .min(1)
    .max(1_048_576)
    .default(500),
  RECORDING_RECIPIENT: z
    .string()
    .trim()
    .refine(isAgeRecipient, 'give the public key of an X25519 age identity: age1…, as age-keygen prints it')
    .optional(),
  RECORDING_RETENTION_DAYS: z.coerce
    .number('RECORDING_RETENTION_DAYS must be a number')
    .int()
    .min(1)
    .max(36_500)
    .optional(),
  LIVEKIT_API_URL: z.url({ protocol: /^(wss?|https?)$/ }).optional(),
  LIVEKIT_API_KEY: z.string().min(1).optional(),
  LIVEKIT_API_SECRET: z.string().min(32, 'use at least 32 characters, as LiveKit does').optional(),
  LIVEKIT_SERVER: z.string().optional(),
  LIVEKIT_EMBEDDED: flag.default(true),
  LIVEKIT_CACHE_DIR: z.string().optional(),
  LIVEKIT_EGRESS: z
    .string()
    .refine((value) => value === 's3' || isAbsolute(value), 'use the whole path of a folder, or s3')
    .optional(),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .transform((address) => redisConfig(new URL(address)))
    .optional(),
});

/** What may be set; `.env.example` explains each. */
export const settingNames: readonly string[] = Object.keys(environmentSchema.shape);

function isLoopback(hostname: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** A setting that cannot be used; the message names the variable and says what it takes. */
export class ConfigError extends HostFailureError {
  override readonly name = 'ConfigError';

  constructor(message: string) {
    super('bad-setting', message);
  }
}

/**
 * Reads the settings from an environment. An empty variable counts as unset.
 * @param overrides what the program that starts the host already knows, such as its web root.
 * @throws ConfigError
 */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<HostConfig> = {},
): HostConfig {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(present);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`).join('\n'),
    );
  }
  const values = parsed.data;
  const { LIVEKIT_API_URL: url, LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = values;
  if ((key === undefined) !== (secret === undefined)) {
    throw new ConfigError('LIVEKIT_API_KEY, LIVEKIT_API_SECRET: set both or neither');
  }
  if (url !== undefined && (key === undefined || secret === undefined)) {
    throw new ConfigError('LIVEKIT_API_KEY, LIVEKIT_API_SECRET: both are needed with LIVEKIT_API_URL');
  }
  const { TLS_CERT: certificateFile, TLS_KEY: keyFile } = values;
  if ((certificateFile === undefined) !== (keyFile === undefined)) {
    throw new ConfigError('TLS_CERT, TLS_KEY: set both or neither');
  }
  const { SUPABASE_URL: supabaseUrl, SUPABASE_SERVICE_KEY: serviceKey } = values;
  if (serviceKey !== undefined && supabaseUrl === undefined) {
    throw new ConfigError('SUPABASE_URL: needed with SUPABASE_SERVICE_KEY');
  }
  if (values.LIVEKIT_EGRESS !== undefined && url === undefined && values.REDIS_URL === undefined) {
    throw new ConfigError(
      'REDIS_URL: needed with LIVEKIT_EGRESS, unless LIVEKIT_API_URL names a server that has one',
    );
  }
  const s3 = s3Settings(values);
  if (values.LIVEKIT_EGRESS === 's3' && s3 === undefined) {
    throw new ConfigError(
      'S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: needed with LIVEKIT_EGRESS=s3',
    );
  }
  const dataDir = values.DATA_DIR ?? defaultDataDir(environment);
  return {
    address: '127.0.0.1',
    port: values.PORT,
    corsOrigins: values.CORS_ORIGIN,
    apiKey: values.API_KEY,
    trustProxy: values.TRUST_PROXY,
    publicUrl: values.PUBLIC_URL,
    dataDir,
    secretsKey: values.SECRETS_KEY,
    backups: { dir: values.BACKUP_DIR ?? join(dataDir, 'backups'), keep: values.BACKUP_KEEP },
    webRoot: undefined,
    resourcesDir: undefined,
    logFormat: values.LOG_FORMAT,
    logLevel: values.LOG_LEVEL,
    clinicName: values.CLINIC_NAME,
    files: {
      maxBytes: Math.floor(values.FILE_MAX_MB * megabyte),
      maxConsultationBytes: Math.floor(values.CONSULTATION_FILES_MAX_MB * megabyte),
    },
    recordings: {
      recipient: values.RECORDING_RECIPIENT,
      retentionDays: values.RECORDING_RETENTION_DAYS,
    },
    supabaseAuth:
      supabaseUrl === undefined ? undefined : { url: supabaseUrl, jwtSecret: values.SUPABASE_JWT_SECRET },
    tracking: supabaseUrl && serviceKey ? { url: supabaseUrl, serviceKey } : undefined,
    s3,
    network: {
      tlsPort: values.TLS_PORT,
      ownCertificate: certificateFile && keyFile ? { certificateFile, keyFile } : undefined,
      address: values.LAN_ADDRESS,
      share: values.SHARE_ON_NETWORK,
    },
    livekit: {
      external: url && key && secret ? { url: toWebSocketUrl(url), key, secret } : undefined,
      tokenKeys: key && secret ? { key, secret } : undefined,
      serverPath: values.LIVEKIT_SERVER,
      environment,
      embedded: values.LIVEKIT_EMBEDDED,
      cacheDir: values.LIVEKIT_CACHE_DIR,
      redis: values.REDIS_URL,
      egress:
        values.LIVEKIT_EGRESS === undefined
          ? undefined
          : values.LIVEKIT_EGRESS === 's3'
            ? { to: 's3' }
            : { to: 'folder', folder: values.LIVEKIT_EGRESS },
    },
    ...overrides,
  };
}

/** @throws ConfigError when some of what is needed is missing. */
function s3Settings(values: z.infer<typeof environmentSchema>): S3Settings | undefined {
  const needed = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;
  const {
    S3_ENDPOINT: endpoint,
    S3_BUCKET: bucket,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = values;
  if (endpoint && bucket && accessKeyId && secretAccessKey) {
    return {
      endpoint,
      region: values.S3_REGION,
      bucket,
      prefix: values.S3_PREFIX,
      accessKeyId,
      secretAccessKey,
      forcePathStyle: values.S3_FORCE_PATH_STYLE,
      authorityFile: values.S3_CA,
      keepLocalDays: values.S3_KEEP_LOCAL_DAYS,
    };
  }
  const missing = needed.filter((name) => values[name] === undefined);
  if (missing.length === needed.length) return undefined;
  const given = needed.filter((name) => values[name] !== undefined);
  throw new ConfigError(`${missing.join(', ')}: needed with ${given.join(', ')}`);
}

function toWebSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws').replace(/\/+$/, '');
}

/** The per-user data folder of each system: the same for the desktop app and the headless host, which is the same clinic. */
function defaultDataDir(environment: Readonly<Record<string, string | undefined>>): string {
  switch (process.platform) {
    case 'win32':
      return join(environment.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'AutaMedica Consultas');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'AutaMedica Consultas');
    default:
      return join(environment.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'autamedica-consultas');
  }
}
