// What the status bar says. Nothing here knows the editor.

/** What the server is doing. */
export type State =
  | { is: 'off' }
  | { is: 'starting' }
  | { is: 'running'; version: string; file: string; source: string }
  | { is: 'missing'; message: string }
  | { is: 'stopped' };

/** How many findings there are of each level. */
export interface Counts {
  errors: number;
  warnings: number;
  notes: number;
  files: number;
}

/** What is shown. */
export interface Shown {
  text: string;
  tooltip: string;
  alarm: 'none' | 'warning' | 'error';
}

const plural = (n: number, noun: string) => (n === 1 ? `1 ${noun}` : `${n} ${noun}s`);

/** What is shown for a state. */
export function shown(state: State, counts: Counts): Shown {
  switch (state.is) {
    case 'off':
      return { text: '$(shield) armlint', tooltip: 'armlint starts with the first template that is opened.', alarm: 'none' };
    case 'starting':
      return { text: '$(loading~spin) armlint', tooltip: 'armlint looks at all files.', alarm: 'none' };
    case 'missing':
      return { text: '$(shield) armlint', tooltip: state.message, alarm: 'error' };
    case 'stopped':
      return { text: '$(shield) armlint', tooltip: 'armlint has stopped. Its output says why.', alarm: 'error' };
    case 'running': {
      const all = counts.errors + counts.warnings + counts.notes;
      const found = all === 0
        ? 'No findings.'
        : `${plural(counts.errors, 'error')}, ${plural(counts.warnings, 'warning')} and ${plural(counts.notes, 'note')} in ${plural(counts.files, 'file')}.`;
      const origin = { setting: 'named in the settings', bundled: 'comes with the extension', path: 'found on PATH' }[state.source] ?? '';
      return {
        text: all === 0 ? '$(pass) armlint' : `$(shield) armlint: ${all}`,
        tooltip: `${found}\n\narmlint ${state.version} (${origin}): ${state.file}`,
        alarm: 'none',
      };
    }
  }
}
