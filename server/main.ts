/** The server's process: opens the connection that its arguments name (`--node-ipc`, `--socket`, `--pipe`), else standard streams. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './server';

const isNamed = process.argv.some((argument) => /^--(node-ipc|stdio|socket|pipe)\b/.test(argument));
serve(
  isNamed
    ? createConnection(ProposedFeatures.all)
    : createConnection(ProposedFeatures.all, process.stdin, process.stdout),
);
