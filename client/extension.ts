/** The extension's door: makes what the features share, then turns on each feature of the table. */
import { type ExtensionContext } from 'vscode';
import { createApp } from './app';
import { features } from './features';
import { sayError } from './messages';

export function activate(context: ExtensionContext): void {
  const app = createApp(context);
  for (const [name, turnOn] of features) {
    try {
      context.subscriptions.push(turnOn(app));
    } catch (error) {
      // VS Code is silent about an extension that fails to activate; and one broken feature need not take the rest along.
      sayError(app.log, `Cannon Spectra cannot start its ${name}`, error);
    }
  }
}
