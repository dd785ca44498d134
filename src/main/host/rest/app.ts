/** The HTTP adapter: REST from the contract with the seed's envelope, LiveKit's webhooks, the web page. Holds no rules. */
import type { HttpBindings } from '@hono/node-server';
import { OpenAPIHandler } from '@orpc/openapi/fetch';
import type { ORPCError } from '@orpc/server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { contract, type Health } from '../../../shared/contract/contract.ts';
import { CatalogueError, type ErrorCode, errorCatalogue } from '../../../shared/contract/errors.ts';
import type { Files } from '../files/files.ts';
import type { LiveKit } from '../livekit/livekit.ts';
import type { HostRouter } from '../operations.ts';
import type { ConsultationPacks } from '../packs/consultation-pack.ts';
import type { Library } from '../recordings/library/library.ts';
import type { Log } from '../runtime/log.ts';
import { storageFailure } from '../storage/failures.ts';
import { type Door, requestHeaders } from './door.ts';
import { fileContent, fileContentPath } from './file-content.ts';
import { openApiDocument } from './openapi.ts';
import { packContent, packContentPath } from './pack-content.ts';
import { recordingContent, recordingContentPath } from './recording-content.ts';
import { allowedMethods } from './routes.ts';
import { webApp } from './web-app.ts';

/** Largest request body, bytes. The longest request of the contract is about 5 KiB. */
const maxBodyBytes = 64 * 1024;

/** Where devices of the network get the clinic's certificate. Phones install what they get by this name. */
const authorityPath = '/autamedica.crt';

type Environment = { Bindings: HttpBindings };

export interface HttpParts {
  readonly router: HostRouter;
  readonly door: Door;
  readonly files: Files;
  readonly library: Library;
  readonly packs: ConsultationPacks;
  readonly livekit: LiveKit;
  readonly log: Log;
  readonly webRoot: string | undefined;
  /** The certificate that devices of the network are to trust, PEM; undefined when there is none. */
  authorityCertificate(): Promise<string | undefined>;
}

export function createHttpApp({
  router,
  door,
  files,
  library,
  packs,
  livekit,
  log,
  webRoot,
  authorityCertificate,
}: HttpParts): Hono<Environment> {
  const operations = new OpenAPIHandler(router, {
    clientInterceptors: [
      async ({ next, procedure }) => {
        const data = await next();
        return procedure['~orpc'].meta.bare ? data : { success: true, data };
      },
    ],
    customErrorResponseBodyEncoder: (error) => envelope(errorBody(error)),
  });
  const app = new Hono<Environment>();

  app.onError((error, context) => {
    if (error instanceof CatalogueError) return failure(context, error.code, error.details);
    const unwritable = storageFailure(error);
    if (unwritable) return failure(context, unwritable.code);
    log.error('A request failed', error);
    return failure(context, 'INTERNAL_ERROR');
  });
  app.notFound((context) => failure(context, 'NOT_FOUND'));

  app.use(async (context, next) => {
    door.checkOrigin(requestHeaders(context.env.incoming));
    const origin = context.req.header('origin');
    const crossOrigin = origin !== undefined && door.allowsOrigin(origin);
    if (crossOrigin && context.req.method === 'OPTIONS') context.res = context.body(null, 204);
    else await next();
    // After the answer was made, because answers of the contract's handler come with headers of their own.
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Referrer-Policy', 'no-referrer');
    if (context.req.path.startsWith('/api/')) context.header('Cache-Control', 'no-store');
    if (!crossOrigin) return;
    context.header('Access-Control-Allow-Origin', origin);
    context.header('Vary', 'Origin', { append: true });
    if (context.req.method !== 'OPTIONS') return;
    context.header('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
    context.header('Access-Control-Allow-Headers', 'Authorization, Content-Type');
    context.header('Access-Control-Max-Age', '600');
  });

  app.all('/rtc/*', (context) => livekit.handleRequest(context.req.raw));
  app.post('/livekit/webhook', bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }), async (context) => {
    await livekit.handleWebhook(await context.req.text(), context.req.header('authorization'));
    return context.body(null, 204);
  });
  app.get(authorityPath, async (context) => {
    const certificate = await authorityCertificate();
    if (certificate === undefined) throw new CatalogueError('NOT_FOUND');
    return context.body(certificate, 200, {
      'Content-Type': 'application/x-x509-ca-cert',
      'Content-Disposition': 'attachment; filename="autamedica.crt"',
    });
  });
  app.get('/openapi.json', async (context) => context.json(await openApiDocument(contract)));

  const operationRoutes = async (context: Context<Environment>) => {
    const methods = allowedMethods(contract, context.req.path);
    if (methods.length === 0) throw new CatalogueError('NOT_FOUND');
    if (!methods.includes(context.req.method)) {
      context.header('Allow', methods.join(', '));
      throw new CatalogueError('METHOD_NOT_ALLOWED');
    }
    const headers = requestHeaders(context.env.incoming);
    const caller = await door.identify(context.req.header('authorization'), headers);
    const request = await jsonRequest(context);
    const result = await operations.handle(request, {
      context: {
        caller,
        baseUrl: door.checkOrigin(headers),
        remoteAddress: door.remoteAddress(context.env.incoming.socket.remoteAddress, headers),
      },
    });
    if (!result.matched) throw new CatalogueError('NOT_FOUND');
    return withRetryAfter(result.response);
  };
  app.all('/health', bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }), async (context) =>
    withHealthStatus(await operationRoutes(context)),
  );
  app.all(fileContentPath, fileContent({ files, door }));
  app.all(recordingContentPath, recordingContent({ library, door }));
  app.get(packContentPath, packContent(packs));
  app.all('/api/*', bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }), operationRoutes);

  if (webRoot !== undefined) app.get('*', webApp(webRoot));
  return app;
}

/** A body is JSON and nothing else; what is wrong with it is said before anything runs. */
async function jsonRequest(context: Context<Environment>): Promise<Request> {
  const { method, url, signal } = context.req.raw;
  const headers = { 'content-type': 'application/json' };
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, signal });
  const body = await context.req.text();
  if (body === '') return new Request(url, { method, signal });
  if (!/^application\/json\s*(;|$)/i.test(context.req.header('content-type') ?? '')) {
    throw new CatalogueError('UNSUPPORTED_MEDIA_TYPE');
  }
  try {
    JSON.parse(body);
  } catch {
    throw new CatalogueError('MALFORMED_JSON');
  }
  return new Request(url, { method, headers, body, signal });
}

function errorBody(error: ORPCError<string, unknown>) {
  const code = (error.code in errorCatalogue ? error.code : 'INTERNAL_ERROR') as ErrorCode;
  return new CatalogueError(code, error.data);
}

function envelope(error: CatalogueError) {
  return { success: false, error: error.toBody() };
}

function failure(
  context: Context<Environment>,
  code: ErrorCode,
  details?: unknown,
): Response | Promise<Response> {
  const error = new CatalogueError(code, details);
  return withRetryAfter(context.json(envelope(error), error.status as 400));
}

function tooLarge(context: Context): Response | Promise<Response> {
  return failure(context, 'BODY_TOO_LARGE', { maxBytes: maxBodyBytes });
}

/** Whatever watches the host reads the status alone: 503 while a part is down. */
async function withHealthStatus(response: Response): Promise<Response> {
  if (!response.ok) return response;
  const text = await response.text();
  const { status } = JSON.parse(text) as Health;
  return new Response(text, { status: status === 'ok' ? 200 : 503, headers: response.headers });
}

/** Too many requests say when to come back, in the body's details and in the header. */
async function withRetryAfter(response: Response): Promise<Response> {
  if (response.status !== 429) return response;
  const { error } = (await response.clone().json()) as {
    error: { details?: { retryAfterSeconds?: number } };
  };
  response.headers.set('Retry-After', String(error.details?.retryAfterSeconds ?? 60));
  return response;
}
