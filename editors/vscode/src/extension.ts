// Starts `armlint lsp` and puts what it offers where VS Code has a place for it.
import * as vscode from 'vscode';
import { LanguageClient, State as ClientState, type LanguageClientOptions, type ServerOptions } from 'vscode-languageclient/node';
import { find, output, type Missing } from './binary';
import { DOCUMENTS, initializationOptions, isReason, RESTARTING, selection, serverArguments, SIGNS, type RunOn, type Settings } from './options';
import { effectiveText, type Effective } from './effective';
import { PreviewPane } from './preview';
import { shown, type Counts, type State } from './status';

const INSTALL = 'https://github.com/armlint/armlint#install';
const CONFIGURATION = 'armlint-configuration';

/** How much of a JSON file is looked at to tell whether it is a template. */
const BEGINNING = 2000;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const extension = new Extension(context);
  context.subscriptions.push(extension);
  await extension.begin();
}

export function deactivate(): void {
  // What was subscribed is disposed of by the editor.
}

class Extension implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private file: string | undefined;
  private state: State = { is: 'off' };
  /** One start or stop after the other. */
  private queue: Promise<void> = Promise.resolve();
  private readonly log = vscode.window.createOutputChannel('armlint', { log: true });
  private readonly status = vscode.window.createStatusBarItem('armlint', vscode.StatusBarAlignment.Left, 0);
  private readonly preview = new PreviewPane(() => this.client);
  private readonly configurationChanged = new vscode.EventEmitter<vscode.Uri>();
  private counting: NodeJS.Timeout | undefined;

  constructor(private readonly context: vscode.ExtensionContext) {
    this.status.name = 'armlint';
    this.status.command = 'armlint.showMenu';
  }

  async begin(): Promise<void> {
    const commands: Record<string, (...args: never[]) => unknown> = {
      'armlint.scan': () => this.scan(),
      'armlint.fixFile': () => this.fixFile(),
      'armlint.fixAll': () => this.fixAll(),
      'armlint.showConfiguration': () => this.showConfiguration(),
      'armlint.showPreview': (entry?: unknown) => this.showPreview(entry),
      'armlint.choosePreview': () => this.preview.choose(),
      'armlint.restart': () => this.restart(),
      'armlint.showOutput': () => this.log.show(),
      'armlint.showMenu': () => this.showMenu(),
    };
    this.context.subscriptions.push(
      ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
      vscode.workspace.onDidOpenTextDocument((document) => this.opened(document)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (this.state.is !== 'off' && RESTARTING.some((key) => event.affectsConfiguration(key))) {
          void this.restart();
        }
      }),
      vscode.languages.onDidChangeDiagnostics(() => this.count()),
      vscode.workspace.registerTextDocumentContentProvider(CONFIGURATION, {
        onDidChange: this.configurationChanged.event,
        provideTextDocumentContent: (uri) => this.configuration(uri),
      }),
    );
    this.show();
    vscode.workspace.textDocuments.forEach((document) => this.opened(document));
    if (this.state.is === 'off' && (await vscode.workspace.findFiles(SIGNS, '**/node_modules/**', 1)).length > 0) {
      await this.ensure();
    }
  }

  dispose(): void {
    clearTimeout(this.counting);
    this.preview.dispose();
    this.status.dispose();
    this.configurationChanged.dispose();
    void this.client?.dispose();
    this.log.dispose();
  }

  private opened(document: vscode.TextDocument): void {
    if (this.state.is !== 'off' || document.uri.scheme !== 'file') {
      return;
    }
    const beginning = document.getText(new vscode.Range(document.positionAt(0), document.positionAt(BEGINNING)));
    if (isReason(document.languageId, document.uri.fsPath, beginning)) {
      void this.ensure();
    }
  }

  /** Starts the server unless it has been started. */
  private ensure(): Promise<void> {
    if (this.state.is === 'off') {
      this.state = { is: 'starting' };
      this.queue = this.queue.then(() => this.start());
    }
    return this.queue;
  }

  private restart(): Promise<void> {
    this.queue = this.queue.then(async () => {
      const client = this.client;
      this.client = undefined;
      await client?.dispose().catch((error: unknown) => this.log.warn(String(error)));
      await this.start();
    });
    return this.queue;
  }

  private async start(): Promise<void> {
    this.set({ is: 'starting' });
    const settings = readSettings();
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const found = await find({
      setting: vscode.workspace.getConfiguration('armlint').get<string>('path', ''),
      extension: this.context.extensionPath,
      workspace,
      platform: process.platform,
      env: process.env,
    });
    if ('reason' in found) {
      this.set({ is: 'missing', message: found.message });
      this.log.error(found.message);
      void this.offer(found);
      return;
    }
    this.file = found.file;
    const args = serverArguments(settings, workspace);
    this.log.info(`armlint ${found.version}: ${[found.file, ...args].join(' ')}`);
    const server: ServerOptions = { command: found.file, args };
    const options: LanguageClientOptions = {
      documentSelector: DOCUMENTS,
      initializationOptions: initializationOptions(settings),
      outputChannel: this.log,
      diagnosticPullOptions: { onChange: settings.runOn === 'type', onSave: true },
      middleware: { provideCodeLenses: async (document, token, next) => withCommands(await next(document, token)) },
    };
    const client = new LanguageClient('armlint', 'armlint', server, options);
    client.onDidChangeState(({ newState }) => {
      if (newState === ClientState.Stopped && this.client === client) {
        this.set({ is: 'stopped' });
      } else if (newState === ClientState.Running) {
        this.set({ is: 'running', version: client.initializeResult?.serverInfo?.version ?? found.version, file: found.file, source: found.source });
      }
    });
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.set({ is: 'stopped' });
      this.log.error(`armlint cannot be started: ${String(error)}`);
      void vscode.window.showErrorMessage('armlint cannot be started.', 'Show Output').then((chosen) => chosen !== undefined && this.log.show());
    }
  }

  /** Says why there is no server, and offers what helps. */
  private async offer(missing: Missing): Promise<void> {
    const [install, settings] = ['How to Install', 'Set the Path'];
    const actions = missing.reason === 'setting' ? [settings] : [install, settings];
    const chosen = await vscode.window.showErrorMessage(`armlint: ${missing.message}`, ...actions);
    if (chosen === install) {
      await vscode.env.openExternal(vscode.Uri.parse(INSTALL));
    } else if (chosen === settings) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'armlint.path');
    }
  }

  private set(state: State): void {
    this.state = state;
    void vscode.commands.executeCommand('setContext', 'armlint.running', state.is === 'running');
    this.show();
  }

  private count(): void {
    // Diagnostics come file by file.
    this.counting ??= setTimeout(() => {
      this.counting = undefined;
      this.show();
    }, 100);
  }

  private show(): void {
    const { text, tooltip, alarm } = shown(this.state, counts());
    this.status.text = text;
    this.status.tooltip = tooltip;
    this.status.backgroundColor = alarm === 'none' ? undefined : new vscode.ThemeColor(`statusBarItem.${alarm}Background`);
    this.status.show();
  }

  /** The client, started if need be: somebody may have put right what was wrong. Why there is none has been said then. */
  private async running(): Promise<LanguageClient | undefined> {
    await this.ensure();
    if (this.state.is !== 'running') {
      await this.restart();
    }
    return this.client?.isRunning() === true ? this.client : undefined;
  }

  private async command<T>(name: string, title: string): Promise<T | undefined> {
    const client = await this.running();
    if (client === undefined) {
      return undefined;
    }
    const progress = { location: vscode.ProgressLocation.Window, title };
    return vscode.window.withProgress(progress, async () => {
      try {
        return await client.sendRequest<T>('workspace/executeCommand', { command: name, arguments: [] });
      } catch (error) {
        void vscode.window.showErrorMessage(`armlint: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      }
    });
  }

  private async scan(): Promise<void> {
    const found = await this.command<{ files: number; findings: number; errors: number }>('armlint.scanWorkspace', 'armlint scans');
    if (found === undefined) {
      return;
    }
    const errors = found.errors === 0 ? '' : ` ${many(found.errors, 'thing')} could not be read or judged.`;
    const said = found.findings === 0 ? `No findings.${errors}` : `${many(found.findings, 'finding')} in ${many(found.files, 'file')}.${errors}`;
    const chosen = await vscode.window.showInformationMessage(`armlint: ${said}`, ...(found.findings + found.errors > 0 ? ['Show Problems'] : []));
    if (chosen !== undefined) {
      await vscode.commands.executeCommand('workbench.actions.view.problems');
    }
  }

  private async fixFile(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || (await this.running()) === undefined) {
      return;
    }
    const { document } = editor;
    const all = new vscode.Range(0, 0, document.lineCount, 0);
    const kind = 'source.fixAll.armlint';
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, all, kind, 1);
    const edit = actions.find((action) => action.kind?.value === kind)?.edit;
    if (edit === undefined || !(await vscode.workspace.applyEdit(edit))) {
      void vscode.window.showInformationMessage('armlint: there are no safe changes to make in this file.');
    }
  }

  private async fixAll(): Promise<void> {
    const made = await this.command<{ changes: number; files: number; refused: number }>('armlint.fixWorkspace', 'armlint makes safe changes');
    if (made !== undefined) {
      const said = made.changes === 0
        ? 'There are no safe changes to make.'
        : `${many(made.changes, 'safe change')} in ${many(made.files, 'file')}; look at them, and save them.`;
      void vscode.window.showInformationMessage(`armlint: ${said}`);
    }
  }

  private async showConfiguration(): Promise<void> {
    if ((await this.running()) === undefined) {
      return;
    }
    const folders = vscode.workspace.workspaceFolders ?? [];
    const active = vscode.window.activeTextEditor?.document.uri;
    const folder = (active && vscode.workspace.getWorkspaceFolder(active)) ?? folders[0];
    const uri = vscode.Uri.from({ scheme: CONFIGURATION, path: `/${folder?.name ?? 'armlint'} (effective).yaml`, query: folder?.uri.fsPath ?? '' });
    this.configurationChanged.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  private async configuration(uri: vscode.Uri): Promise<string> {
    if (this.file === undefined) {
      return 'armlint is not running.\n';
    }
    const folder = uri.query === '' ? undefined : uri.query;
    try {
      const said = await output(this.file, ['config', '--format', 'json', ...selection(readSettings(), folder)], folder);
      return effectiveText(JSON.parse(said) as Effective, folder ?? 'this window');
    } catch (error) {
      return `${String(error)}\n`;
    }
  }

  private async showPreview(entry: unknown): Promise<void> {
    if ((await this.running()) !== undefined) {
      await this.preview.show(typeof entry === 'string' ? entry : undefined);
    }
  }

  private async showMenu(): Promise<void> {
    const items = [
      { label: '$(search) Scan workspace', command: 'armlint.scan' },
      { label: '$(lightbulb-autofix) Fix all in this file (safe changes)', command: 'armlint.fixFile' },
      { label: '$(lightbulb-autofix) Fix all in the workspace (safe changes)', command: 'armlint.fixAll' },
      { label: '$(open-preview) Show what is deployed to the side', command: 'armlint.showPreview' },
      { label: '$(gear) Show the effective configuration', command: 'armlint.showConfiguration' },
      { label: '$(output) Show the output', command: 'armlint.showOutput' },
      { label: '$(debug-restart) Restart', command: 'armlint.restart' },
    ];
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: shown(this.state, counts()).tooltip.split('\n', 1)[0] ?? 'armlint' });
    if (chosen !== undefined) {
      await vscode.commands.executeCommand(chosen.command);
    }
  }
}

function readSettings(): Settings {
  const all = vscode.workspace.getConfiguration('armlint');
  return {
    baseline: all.get<string>('baseline', ''),
    configFile: all.get<string>('configFile', ''),
    inlayHints: all.get<boolean>('inlayHints', false),
    runOn: all.get<RunOn>('runOn', 'type'),
  };
}

function counts(): Counts {
  const all = { errors: 0, warnings: 0, notes: 0, files: 0 };
  for (const [, diagnostics] of vscode.languages.getDiagnostics()) {
    const ours = diagnostics.filter((d) => d.source === 'armlint');
    all.files += ours.length > 0 ? 1 : 0;
    for (const { severity } of ours) {
      if (severity === vscode.DiagnosticSeverity.Error) {
        all.errors += 1;
      } else if (severity === vscode.DiagnosticSeverity.Warning) {
        all.warnings += 1;
      } else {
        all.notes += 1;
      }
    }
  }
  return all;
}

/** A click on what a template deploys shows it. */
function withCommands(lenses: vscode.CodeLens[] | null | undefined): vscode.CodeLens[] {
  for (const lens of lenses ?? []) {
    const data: unknown = 'data' in lens ? lens.data : undefined;
    if (typeof data === 'object' && data !== null && 'entry' in data && lens.command?.command === '') {
      lens.command = { ...lens.command, command: 'armlint.showPreview', arguments: [data.entry], tooltip: 'Show what is deployed to the side' };
    }
  }
  return lenses ?? [];
}

function many(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}
