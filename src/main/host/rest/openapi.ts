/** The OpenAPI 3.1 document of the contract, with the envelope as it really is on the wire. */
import type { AnyContractRouter } from '@orpc/contract';
import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import { contractRoutes } from './routes.ts';

const errorSchema = {
  type: 'object',
  properties: {
    success: { const: false },
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string' }, details: {} },
      required: ['code', 'message'],
    },
  },
  required: ['success', 'error'],
};

const documents = new WeakMap<object, Promise<OpenAPI.Document>>();

export function openApiDocument(contract: AnyContractRouter): Promise<OpenAPI.Document> {
  let document = documents.get(contract);
  if (document === undefined) {
    document = generate(contract);
    documents.set(contract, document);
  }
  return document;
}

async function generate(contract: AnyContractRouter): Promise<OpenAPI.Document> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(contract, {
    info: { title: 'AutaMedica Consultas', version: '1.0.0' },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    security: [{}, { bearer: [] }],
    customErrorResponseBodySchema: () => errorSchema as never,
  });
  for (const { path, method } of contractRoutes(contract)) {
    const operation = document.paths?.[path]?.[method.toLowerCase() as 'get'];
    const content = operation?.responses?.['200'];
    if (path === '/health') {
      if (operation?.responses && content)
        operation.responses['503'] = { ...content, description: 'A part is down: the same, with checks' };
      continue;
    }
    const body = content && 'content' in content ? content.content?.['application/json'] : undefined;
    if (body?.schema === undefined) continue;
    body.schema = {
      type: 'object',
      properties: { success: { const: true } as never, data: body.schema },
      required: ['success', 'data'],
    };
  }
  return document;
}
