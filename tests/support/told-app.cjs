/**
 * Loaded into the app: whoever started it tells it to `begin` (once attached to it: a window that is already opening would not be
 * found), and to `hide` and `show` the windows of consultations.
 */
const { app, BrowserWindow } = require('electron');

const ready = app.whenReady();
let begin;
const told = new Promise((resolve) => {
  begin = resolve;
});
app.whenReady = () => Promise.all([ready, told]);

process.on('message', (what) => {
  if (what === 'begin') return begin();
  for (const window of BrowserWindow.getAllWindows()) {
    if (/\/consultation\//.test(window.webContents.getURL())) window[what]();
  }
});
