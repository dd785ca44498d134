/** The way to the host: operations through a typed client, the call's signaling through a socket. */
export { CatalogueError, type CatalogueErrorBody, type ErrorCode } from '../../shared/contract/errors.ts';
export {
  createHttpHostClient,
  createPortDesktopClient,
  createPortHostClient,
  type DesktopClient,
  type HostClient,
  HostUnreachable,
  type HttpHostOptions,
} from './host-client.ts';
export { createSignaling, type SignalingOptions } from './signaling.ts';
