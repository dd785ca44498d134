/** Loaded into the app after Playwright's own part, which puts a keyring that keeps nothing in the place of the system's. */
require('electron').app.commandLine.removeSwitch('password-store');
