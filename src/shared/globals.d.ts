/** What every place this code runs in has beside the language: browsers, workers, Node, Electron. */

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label: 'utf-8', options?: { readonly fatal?: boolean });
  /** @throws TypeError when `fatal` and the bytes are not UTF-8. */
  decode(bytes: Uint8Array): string;
}
