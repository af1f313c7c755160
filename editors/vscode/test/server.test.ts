// The real server, started and asked as the extension does it, without a window.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as lsp from 'vscode-languageserver-protocol/node';
import { find, output } from '../src/binary';
import { effectiveText, type Effective } from '../src/effective';
import { initializationOptions, selection, serverArguments, type Settings } from '../src/options';
import { linesFrom, placesOf, type Preview } from '../src/places';

const TLS = 'Azure.Storage.MinTLS';
const MODULE = `param name string
param tls string
resource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: name
  location: 'westeurope'
  kind: 'StorageV2'
  sku: { name: 'Standard_GRS' }
  properties: { minimumTlsVersion: tls }
}
`;
const MAIN = `param tls string
module store 'store.bicep' = {
  name: 'store'
  params: { name: 'stexample', tls: tls }
}
`;
const PARAMS = `using 'main.bicep'
param tls = 'TLS1_0'
`;
const ACCOUNT = `{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "resources": [
    {
      "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "stjson", "location": "westeurope",
      "kind": "StorageV2", "sku": { "name": "Standard_GRS" },
      "properties": { "minimumTlsVersion": "TLS1_0" }
    }
  ]
}
`;

const settings: Settings = { baseline: 'Azure.All', configFile: '', inlayHints: true, runOn: 'type' };
const folders: string[] = [];
const processes: ChildProcess[] = [];
after(() => {
  processes.forEach((process) => process.kill());
  folders.forEach((folder) => rmSync(folder, { recursive: true }));
});

function binary(): string {
  const file = process.env.ARMLINT;
  assert.ok(file, 'the environment variable ARMLINT has to name the binary');
  return path.resolve(file);
}

/** A folder with these files; its name is one that has to be encoded. */
function folder(files: Record<string, string>): string {
  const outer = realpathSync(mkdtempSync(path.join(tmpdir(), 'armlint-')));
  folders.push(outer);
  const inner = path.join(outer, 'ä b');
  mkdirSync(inner);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(path.join(inner, name), text);
  }
  return inner;
}

class Client {
  private constructor(
    readonly connection: lsp.ProtocolConnection,
    readonly server: lsp.InitializeResult,
    readonly folder: string,
    /** The changes that the server asked for. */
    readonly edits: lsp.WorkspaceEdit[],
  ) {}

  static async start(folder: string, settings: Settings): Promise<Client> {
    const process = spawn(binary(), serverArguments(settings, folder), { stdio: ['pipe', 'pipe', 'inherit'] });
    processes.push(process);
    const connection = lsp.createProtocolConnection(new lsp.StreamMessageReader(process.stdout), new lsp.StreamMessageWriter(process.stdin));
    connection.listen();
    const edits: lsp.WorkspaceEdit[] = [];
    connection.onRequest(lsp.ApplyWorkspaceEditRequest.type, ({ edit }) => (edits.push(edit), { applied: true }));
    connection.onRequest(lsp.RegistrationRequest.type, () => undefined);
    const server = await connection.sendRequest(lsp.InitializeRequest.type, {
      processId: null,
      rootUri: null,
      workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'it' }],
      initializationOptions: initializationOptions(settings),
      capabilities: {
        textDocument: { diagnostic: { relatedInformation: true }, codeAction: { resolveSupport: { properties: ['edit'] } } },
        workspace: { applyEdit: true, workspaceEdit: { documentChanges: true }, diagnostics: { refreshSupport: true } },
      },
    });
    await connection.sendNotification(lsp.InitializedNotification.type, {});
    return new Client(connection, server, folder, edits);
  }

  uri(name: string): string {
    return pathToFileURL(path.join(this.folder, name)).href;
  }

  async open(name: string, languageId: string, text: string): Promise<void> {
    await this.connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
      textDocument: { uri: this.uri(name), languageId, version: 1, text },
    });
  }

  async replace(name: string, version: number, text: string): Promise<void> {
    await this.connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
      textDocument: { uri: this.uri(name), version },
      contentChanges: [{ text }],
    });
  }

  async pull(name: string, previousResultId?: string): Promise<lsp.DocumentDiagnosticReport> {
    const textDocument = { uri: this.uri(name) };
    return this.connection.sendRequest(lsp.DocumentDiagnosticRequest.type, { textDocument, ...(previousResultId && { previousResultId }) });
  }

  async lines(name: string): Promise<number[]> {
    const report = await this.pull(name);
    assert.equal(report.kind, 'full');
    return report.items.filter((d) => d.code === TLS).map((d) => d.range.start.line);
  }

  async command<T>(command: string): Promise<T> {
    return (await this.connection.sendRequest(lsp.ExecuteCommandRequest.type, { command, arguments: [] })) as T;
  }

  async end(): Promise<void> {
    await this.connection.sendRequest(lsp.ShutdownRequest.type);
    await this.connection.sendNotification(lsp.ExitNotification.type);
    this.connection.dispose();
  }
}

test('the binary is one that the extension takes', async () => {
  const found = await find({ setting: binary(), extension: '/nowhere', platform: process.platform, env: {} });
  assert.ok('version' in found, JSON.stringify(found));
  const client = await Client.start(folder({}), settings);
  assert.equal(client.server.serverInfo?.version, found.version);
  assert.ok(client.server.capabilities.diagnosticProvider !== undefined && client.server.capabilities.inlayHintProvider === true);
  await client.end();
});

test('findings follow the text, from the module to the parameter file', async () => {
  const client = await Client.start(folder({ 'store.bicep': MODULE, 'main.bicep': MAIN, 'main.bicepparam': PARAMS }), settings);
  await client.open('main.bicepparam', 'bicep-params', PARAMS);
  await client.open('store.bicep', 'bicep', MODULE);
  assert.deepEqual(await client.lines('main.bicepparam'), [1]);
  await client.replace('store.bicep', 2, MODULE.replace(': tls', ": 'TLS1_2'"));
  assert.deepEqual(await client.lines('main.bicepparam'), []);
  await client.replace('store.bicep', 3, MODULE);
  const report = await client.pull('main.bicepparam');
  assert.ok(report.kind === 'full' && report.resultId);
  assert.equal((await client.pull('main.bicepparam', report.resultId)).kind, 'unchanged');
  await client.end();
});

test('a safe change is made on demand, in JSON as well', async () => {
  const client = await Client.start(folder({ 'azuredeploy.json': ACCOUNT }), settings);
  await client.open('azuredeploy.json', 'arm-template', ACCOUNT);
  assert.deepEqual(await client.lines('azuredeploy.json'), [7]);
  const all = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
  const offered = await client.connection.sendRequest(lsp.CodeActionRequest.type, {
    textDocument: { uri: client.uri('azuredeploy.json') }, range: all, context: { diagnostics: [], only: ['source.fixAll.armlint'] },
  });
  const action = offered?.[0];
  assert.ok(action && 'data' in action);
  const { edit } = await client.connection.sendRequest(lsp.CodeActionResolveRequest.type, action);
  assert.ok(edit?.documentChanges?.some((change) => 'edits' in change && change.edits.some((e) => 'newText' in e && e.newText.includes('2'))), JSON.stringify(edit));
  const made = await client.command<{ changes: number; files: number }>('armlint.fixWorkspace');
  assert.ok(made.changes > 0 && made.files === 1 && client.edits.length === 1, JSON.stringify(made));
  const found = await client.command<{ files: number; findings: number }>('armlint.scanWorkspace');
  assert.ok(found.files === 1 && found.findings > 0);
  await client.end();
});

test('the preview follows the cursor and leads back', async () => {
  const client = await Client.start(folder({ 'store.bicep': MODULE, 'main.bicep': MAIN, 'main.bicepparam': PARAMS }), settings);
  await client.open('store.bicep', 'bicep', MODULE);
  const preview = await client.connection.sendRequest<Preview>('armlint/preview', { textDocument: { uri: client.uri('store.bicep') }, entry: null });
  assert.deepEqual([preview.entries, preview.resources], [[client.uri('main.bicepparam')], 1]);
  const lines = preview.text.split('\n');
  // The cursor on the property in the module.
  const [marked] = linesFrom(preview, (uri) => uri === client.uri('store.bicep'), [7, 20]);
  assert.ok(marked && marked.first === marked.last);
  assert.equal(lines[marked.first]?.trim(), '"minimumTlsVersion": "TLS1_0"');
  // The same line, from the parameter file; and back.
  assert.deepEqual(linesFrom(preview, (uri) => uri === client.uri('main.bicepparam'), [1, 14]), [marked]);
  assert.deepEqual(placesOf(preview, marked.first).at(-1), { file: client.uri('main.bicepparam'), start: [1, 12], end: [1, 20] });
  // The call of the module made the whole resource.
  const [resource] = linesFrom(preview, (uri) => uri === client.uri('main.bicep'), [1, 8]);
  assert.ok(resource && resource.first <= 2 && resource.last > marked.last, JSON.stringify(resource));
  await client.end();
});

test('a request that nobody waits for any more is given up', async () => {
  const client = await Client.start(folder({ 'main.bicep': MAIN }), settings);
  const first = await client.connection.sendRequest(lsp.WorkspaceDiagnosticRequest.type, { previousResultIds: [], partialResultToken: 1 });
  const previousResultIds = first.items.map(({ uri, resultId }) => ({ uri, value: resultId ?? '' }));
  const token = new lsp.CancellationTokenSource();
  const waiting = client.connection.sendRequest(lsp.WorkspaceDiagnosticRequest.type, { previousResultIds, partialResultToken: 2 }, token.token);
  token.cancel();
  await assert.rejects(waiting, (error: lsp.ResponseError) => error.code === lsp.LSPErrorCodes.RequestCancelled);
  await client.end();
});

test('the effective configuration says what is set where', async () => {
  const there = folder({ 'armlint.yaml': 'armlint:\n  fail-on: none\n' });
  const said = await output(binary(), ['config', '--format', 'json', ...selection(settings, there)], there);
  const text = effectiveText(JSON.parse(said) as Effective, 'it');
  assert.ok(text.startsWith('# What counts in it, from armlint.yaml\n\n# Set\n'), text);
  assert.match(text, /^fail-on: none +# armlint.yaml:2$/m);
  assert.match(text, /^baseline: Azure.All +# the settings \(--baseline\)$/m);
  assert.match(text, /\n# As it is if nobody says anything\n(.*\n)*allow-empty: false\n/);
});
