// Light or dark: as the system says until somebody chooses here; the choice stays in this browser.

export type Theme = 'system' | 'light' | 'dark';
const PLACE = 'rds-import:theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export const nextTheme = (theme: Theme): Theme =>
  THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';

export function chosenTheme(): Theme {
  const kept = localStorage.getItem(PLACE);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

export function choose(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset['theme'];
    localStorage.removeItem(PLACE);
  } else {
    document.documentElement.dataset['theme'] = theme;
    localStorage.setItem(PLACE, theme);
  }
}
