/** Which file of the built app answers which address. Only files listed at start are ever served. */
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface Assets {
  /** The file for a path such as `/assets/index.js`; pages (paths without an extension) get the app's one page. */
  find(pathname: string): string | undefined;
}

export function listAssets(folder: string): Assets {
  const files = new Map<string, string>();
  const visit = (path: string, address: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) visit(join(path, entry.name), `${address}/${entry.name}`);
      else if (entry.isFile()) files.set(`${address}/${entry.name}`, join(path, entry.name));
    }
  };
  visit(folder, '');
  return {
    find: (pathname) =>
      files.get(pathname) ?? (extname(pathname) === '' ? files.get('/index.html') : undefined),
  };
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
};

export function contentTypeOf(file: string): string {
  return contentTypes[extname(file).toLowerCase()] ?? 'application/octet-stream';
}
