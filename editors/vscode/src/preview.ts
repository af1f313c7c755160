// What is deployed, beside the text that is written: one document that follows the cursor.
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { linesFrom, placesOf, type Preview } from './places';

/** The scheme of the document. */
export const SCHEME = 'armlint-preview';

const DOCUMENT = vscode.Uri.parse(`${SCHEME}:/deployed.jsonc`);

/** How long nothing has to be typed before the preview is made again, in milliseconds. */
const QUIET = 250;

/** Languages of which there may be something to show. */
const LANGUAGES = ['bicep', 'bicep-params', 'arm-template', 'json', 'jsonc', 'plaintext'];

/** The preview, and everything that keeps it true. */
export class PreviewPane implements vscode.TextDocumentContentProvider, vscode.DefinitionProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly marked = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.rangeHighlightForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
  private readonly disposables: vscode.Disposable[];
  /** The file that is followed. */
  private file: vscode.Uri | undefined;
  /** The entry point that somebody chose. */
  private entry: string | undefined;
  private preview: Preview | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Counts the questions: an answer to an older one is not shown. */
  private asked = 0;

  constructor(private readonly client: () => LanguageClient | undefined) {
    this.disposables = [
      this.changed,
      this.marked,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.languages.registerDefinitionProvider({ scheme: SCHEME }, this),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.follow(editor)),
      vscode.window.onDidChangeTextEditorSelection((event) => this.mark(event.textEditor)),
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event.document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.closed(document)),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposables.forEach((d) => void d.dispose());
  }

  provideTextDocumentContent(): string {
    if (this.preview === undefined) {
      return '// Nothing to show yet.\n';
    }
    return this.preview.text || '// No template or parameter file that is looked at deploys what stands in this file.\n';
  }

  provideDefinition(_document: vscode.TextDocument, position: vscode.Position): vscode.Location[] {
    const places = this.preview === undefined ? [] : placesOf(this.preview, position.line);
    return places.reverse().map(({ file, start, end }) => {
      return new vscode.Location(this.uri(file), new vscode.Range(...start, ...end));
    });
  }

  /** Opens it beside the editor. */
  async show(entry?: string): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || editor.document.uri.scheme !== 'file') {
      void vscode.window.showInformationMessage('armlint: open a template, a module or a parameter file first.');
      return;
    }
    this.entry = entry ?? this.entry;
    this.file = editor.document.uri;
    await this.refresh();
    const document = await vscode.workspace.openTextDocument(DOCUMENT);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: false });
    await vscode.commands.executeCommand('setContext', 'armlint.previewing', true);
    this.mark(editor);
  }

  /** Asks which entry point to show. */
  async choose(): Promise<void> {
    const entries = this.preview?.entries ?? [];
    const items = entries.map((uri) => ({
      label: vscode.workspace.asRelativePath(this.uri(uri)),
      description: uri === this.preview?.entry ? 'shown' : '',
      uri,
    }));
    const more = this.preview?.more ?? 0;
    const placeHolder = items.length === 0 ? 'Nothing leads to this file' : `What is deployed with …${more > 0 ? ` (${more} more are not listed)` : ''}`;
    const chosen = await vscode.window.showQuickPick(items, { placeHolder });
    if (chosen !== undefined) {
      this.entry = chosen.uri;
      await this.refresh();
    }
  }

  /** Makes it again. */
  async refresh(): Promise<void> {
    const client = this.client();
    if (client === undefined || this.file === undefined) {
      return;
    }
    this.asked += 1;
    const mine = this.asked;
    const textDocument = { uri: client.code2ProtocolConverter.asUri(this.file) };
    try {
      const preview = await client.sendRequest<Preview>('armlint/preview', { textDocument, entry: this.entry ?? null });
      if (mine === this.asked) {
        this.preview = preview;
        this.changed.fire(DOCUMENT);
      }
    } catch {
      // The text has changed meanwhile, or the server is gone: the next edit asks again.
    }
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), QUIET);
  }

  private editor(): vscode.TextEditor | undefined {
    return vscode.window.visibleTextEditors.find((editor) => editor.document.uri.scheme === SCHEME);
  }

  private follow(editor: vscode.TextEditor | undefined): void {
    const document = editor?.document;
    if (this.editor() === undefined || document?.uri.scheme !== 'file' || !LANGUAGES.includes(document.languageId)) {
      return;
    }
    if (document.uri.toString() !== this.file?.toString()) {
      this.file = document.uri;
      this.later();
    }
  }

  private edited(document: vscode.TextDocument): void {
    if (document.uri.scheme === SCHEME) {
      const source = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === this.file?.toString());
      if (source !== undefined) {
        this.mark(source);
      }
    } else if (this.editor() !== undefined && document.uri.scheme === 'file') {
      // A module or a parameter file counts as well as the file itself.
      this.later();
    }
  }

  private closed(document: vscode.TextDocument): void {
    if (document.uri.scheme === SCHEME) {
      [this.file, this.entry, this.preview] = [undefined, undefined, undefined];
      void vscode.commands.executeCommand('setContext', 'armlint.previewing', false);
    }
  }

  /** Marks the lines that come from where the cursor is, and shows the first of them. */
  private mark(source: vscode.TextEditor): void {
    const shown = this.editor();
    if (shown === undefined || this.preview === undefined || source.document.uri.scheme !== 'file') {
      return;
    }
    const own = source.document.uri.toString();
    const { line, character } = source.selection.active;
    const lines = linesFrom(this.preview, (uri) => this.uri(uri).toString() === own, [line, character]);
    const ranges = lines.map(({ first, last }) => new vscode.Range(first, 0, last, Number.MAX_SAFE_INTEGER));
    shown.setDecorations(this.marked, ranges);
    if (ranges[0] !== undefined) {
      shown.revealRange(ranges[0], vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }

  private uri(uri: string): vscode.Uri {
    return this.client()?.protocol2CodeConverter.asUri(uri) ?? vscode.Uri.parse(uri);
  }
}
