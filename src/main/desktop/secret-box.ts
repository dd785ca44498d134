/** The system's keyring (Keychain, DPAPI, libsecret, KWallet) as the keeper of the clinic's keys. */
import { safeStorage } from 'electron';
import type { SecretBox } from '../host/runtime/secrets.ts';

/** @returns undefined where there is no keyring: a password that is the same in every Chromium would only look like protection. */
export function systemSecretBox(): SecretBox | undefined {
  if (!safeStorage.isEncryptionAvailable()) return undefined;
  // Older runtimes cannot say which one it is, and call it unavailable themselves when there is none.
  const backend =
    process.platform === 'linux' && typeof safeStorage.getSelectedStorageBackend === 'function'
      ? safeStorage.getSelectedStorageBackend()
      : undefined;
  if (backend === 'basic_text' || backend === 'unknown') return undefined;
  return {
    seal: (text) => safeStorage.encryptString(text).toString('base64'),
    open: (sealed) => safeStorage.decryptString(Buffer.from(sealed, 'base64')),
  };
}
