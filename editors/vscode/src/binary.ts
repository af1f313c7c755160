// Which armlint runs: the one that the user names, else the one that comes with the extension, else the one on PATH.
// Nothing here knows the editor.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';

/** The oldest armlint that answers all that the extension asks. */
export const MINIMUM = '0.1.0';

/** How long `armlint --version` may take, in milliseconds. */
const PATIENCE = 10_000;

/** Where the binary was found. */
export type Source = 'setting' | 'bundled' | 'path';

/** A binary that can be used. */
export interface Binary {
  file: string;
  version: string;
  source: Source;
}

/** Why there is none. */
export interface Missing {
  reason: 'none' | 'setting' | 'old' | 'broken';
  /** For people: what is wrong, and what to do. */
  message: string;
}

/** What is known of the machine. */
export interface Surroundings {
  /** The setting `armlint.path`; empty if nobody has set it. */
  setting: string;
  /** The folder of the extension. */
  extension: string;
  /** The first folder that is open. */
  workspace?: string | undefined;
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
}

/** Finds the binary, and asks it for its version. */
export async function find(around: Surroundings): Promise<Binary | Missing> {
  const found = await candidate(around);
  if ('reason' in found) {
    return found;
  }
  const { file, source } = found;
  let said: string;
  try {
    said = await output(file, ['--version']);
  } catch (error) {
    return { reason: 'broken', message: `${file} cannot be run: ${reasonOf(error)}.` };
  }
  const version = /^armlint (\d+\.\d+\.\d+\S*)/.exec(said)?.[1];
  if (version === undefined) {
    const first = said.split('\n', 1)[0] ?? '';
    return { reason: 'broken', message: `${file} is not armlint: asked for its version it says “${first.slice(0, 80)}”.` };
  }
  if (isOlder(version, MINIMUM)) {
    return { reason: 'old', message: `${file} is armlint ${version}; the extension needs ${MINIMUM} or newer.` };
  }
  return { file, version, source };
}

async function candidate(around: Surroundings): Promise<{ file: string; source: Source } | Missing> {
  const name = around.platform === 'win32' ? 'armlint.exe' : 'armlint';
  if (around.setting.trim() !== '') {
    const file = expanded(around.setting.trim(), around);
    if (!path.isAbsolute(file)) {
      return { reason: 'setting', message: `The setting armlint.path is “${around.setting}”; it has to be an absolute path.` };
    }
    if (!(await isProgram(file))) {
      return { reason: 'setting', message: `The setting armlint.path names ${file}, which is no program.` };
    }
    return { file, source: 'setting' };
  }
  const bundled = path.join(around.extension, 'bin', name);
  if (await isProgram(bundled)) {
    return { file: bundled, source: 'bundled' };
  }
  const key = Object.keys(around.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  for (const folder of (around.env[key] ?? '').split(path.delimiter)) {
    // One that is relative would start at whatever folder is open.
    const file = path.join(folder, name);
    if (path.isAbsolute(folder) && (await isProgram(file))) {
      return { file, source: 'path' };
    }
  }
  return { reason: 'none', message: 'There is no armlint on PATH, and none came with the extension.' };
}

function expanded(setting: string, around: Surroundings): string {
  const home = setting === '~' || /^~[\\/]/.test(setting) ? path.join(homedir(), setting.slice(1)) : setting;
  return home.replaceAll('${workspaceFolder}', around.workspace ?? '${workspaceFolder}');
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** What a run writes to standard output, whatever its exit status. */
export async function output(file: string, args: string[], cwd?: string): Promise<string> {
  return new Promise((done, failed) => {
    const options = { cwd, timeout: PATIENCE, maxBuffer: 16 << 20, windowsHide: true };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error !== null && stdout === '') {
        failed(new Error(stderr.trim() || error.message));
      } else {
        done(stdout);
      }
    });
  });
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().replace(/\.$/, '');
}

/** Whether one version comes before another. What follows a hyphen makes it older than the same without. */
export function isOlder(version: string, than: string): boolean {
  const parts = (text: string) => text.split(/[-+]/, 1)[0]?.split('.').map(Number) ?? [];
  const [left, right] = [parts(version), parts(than)];
  for (let i = 0; i < 3; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) {
      return difference < 0;
    }
  }
  return version.includes('-') && !than.includes('-');
}
