/** Run by electron-builder on the unpacked app: takes out what Electron shows when it has no app. */
const { rm } = require('node:fs/promises');
const { join } = require('node:path');

/** @param {{ appOutDir: string, electronPlatformName: string, packager: { getResourcesDir(folder: string): string } }} context */
exports.default = async ({ appOutDir, packager }) => {
  await rm(join(packager.getResourcesDir(appOutDir), 'default_app.asar'), { force: true });
};
