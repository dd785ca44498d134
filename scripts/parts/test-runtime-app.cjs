/** Stands in for Electron's default app in the test runtime, which has none: loads the app named on the command line. */
const { app } = require('electron');
const { Module } = require('node:module');
const path = require('node:path');

const parameters = process.argv.slice(1);
let folder = '.';
const preloaded = [];
for (let index = 0; index < parameters.length; index += 1) {
  const parameter = parameters[index];
  if (parameter === '-r' || parameter === '--require') {
    index += 1;
    preloaded.push(parameters[index]);
  } else if (!parameter.startsWith('-')) {
    folder = parameter;
    break;
  }
}
if (preloaded.length > 0) Module._preloadModules(preloaded);

Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true });
const packagePath = path.resolve(folder);
const manifest = require(path.join(packagePath, 'package.json'));
app.setVersion(manifest.version);
app.name = manifest.productName ?? manifest.name;
app.setAppPath(packagePath);
Module._load(path.join(packagePath, manifest.main), Module, true);
