// The settings, and what becomes of them: the arguments of `armlint lsp` and its initializationOptions.
// Nothing here knows the editor.
import * as path from 'node:path';

/** When files are checked. */
export type RunOn = 'type' | 'save';

/** The settings, but for the path of the binary. */
export interface Settings {
  baseline: string;
  configFile: string;
  inlayHints: boolean;
  runOn: RunOn;
}

/** The settings with which the server has to be started again. */
export const RESTARTING = ['path', 'baseline', 'configFile', 'inlayHints', 'runOn'].map((key) => `armlint.${key}`);

/** The part of the arguments that `armlint lsp` and `armlint config` share. */
export function selection(settings: Settings, workspace: string | undefined): string[] {
  const args: string[] = [];
  if (settings.baseline.trim() !== '') {
    args.push('--baseline', settings.baseline.trim());
  }
  if (settings.configFile.trim() !== '') {
    args.push('--config', path.resolve(workspace ?? '.', settings.configFile.trim()));
  }
  return args;
}

/** The arguments with which the server is started. */
export function serverArguments(settings: Settings, workspace: string | undefined): string[] {
  return ['lsp', ...selection(settings, workspace)];
}

/** What the server is told when it is started. */
export function initializationOptions(settings: Settings): { inlayHints: boolean; runOn: RunOn } {
  return { inlayHints: settings.inlayHints, runOn: settings.runOn };
}

/** The languages that belong to armlint alone or to Azure; the ids are Microsoft's, and nobody else's are contributed. */
const AZURE = ['bicep', 'bicep-params', 'arm-template'];

/** The files that the server is told of. */
export const DOCUMENTS = [
  ...[...AZURE, 'json', 'jsonc'].map((language) => ({ scheme: 'file', language })),
  // Without Microsoft's extension these are plain text.
  { scheme: 'file', pattern: '**/*.{bicep,bicepparam}' },
  { scheme: 'file', pattern: '**/{armlint,ps-rule,psrule}.{yaml,yml}' },
  { scheme: 'file', pattern: '**/*.Rule.{yaml,yml,md}' },
  { scheme: 'file', pattern: '**/rules/**/*.md' },
];

/** What a folder has to hold for the server to be started before such a file is opened. */
export const SIGNS = '{**/*.{bicep,bicepparam},{armlint,ps-rule}.{yaml,yml},**/azuredeploy*.json,**/*.parameters.json}';

/** Whether a file that is open is a reason to start the server. Any JSON may be a template; most is not. */
export function isReason(language: string, file: string, beginning: string): boolean {
  if (AZURE.includes(language) || /\.bicep(param)?$/i.test(file) || /^(armlint|ps-rule)\.ya?ml$/i.test(path.basename(file))) {
    return true;
  }
  return (language === 'json' || language === 'jsonc') && /"\$schema"\s*:\s*"[^"]*deployment(template|parameters)\.json/i.test(beginning);
}
