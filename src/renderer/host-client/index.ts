/** The way to the host's operations: a typed client, over HTTP or over a message port of the desktop app. */
export { CatalogueError } from '../../shared/contract/errors.ts';
export {
  createHttpHostClient,
  createPortDesktopClient,
  createPortHostClient,
  type DesktopClient,
  type HostClient,
  HostUnreachable,
} from './host-client.ts';
