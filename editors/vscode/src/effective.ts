// The effective configuration as people read it: what somebody has set first, each with the place that says so.
// Nothing here knows the editor.

/** What `armlint config --format json` prints. */
export interface Effective {
  files: string[];
  settings: { key: string; value: unknown; source: { kind: string } & Record<string, unknown> }[];
}

/** The text, in the manner of YAML. */
export function effectiveText(effective: Effective, folder: string): string {
  const line = ({ key, value }: Effective['settings'][number]) => `${key}: ${shownValue(value)}`;
  const set = effective.settings.filter((s) => s.source.kind !== 'default');
  const left = effective.settings.filter((s) => s.source.kind === 'default');
  const width = Math.min(60, Math.max(0, ...set.map((s) => line(s).length)));
  const read = effective.files.length === 0 ? 'no configuration file' : effective.files.join(', ');
  return [
    `# What counts in ${folder}, from ${read}`,
    ...(set.length === 0 ? [] : ['', '# Set', ...set.map((s) => `${line(s).padEnd(width)}  # ${whence(s.source)}`)]),
    ...(left.length === 0 ? [] : ['', '# As it is if nobody says anything', ...left.map(line)]),
    '',
  ].join('\n');
}

function shownValue(value: unknown): string {
  return typeof value === 'string' && /^[\w./:*-]+$/.test(value) ? value : JSON.stringify(value);
}

/** Where something is set: a place in a file, an option, a variable. */
function whence(source: Effective['settings'][number]['source']): string {
  const { kind, file, line, name, option } = source;
  if (typeof file === 'string') {
    return typeof line === 'number' ? `${file}:${line}` : file;
  }
  if (typeof name === 'string') {
    return kind === 'baseline' ? `the baseline ${name}` : `the environment variable ${name}`;
  }
  // What the extension hands over is a setting of its own.
  return typeof option === 'string' ? `the settings (${option})` : kind;
}
