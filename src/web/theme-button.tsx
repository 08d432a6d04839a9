// One button through the three themes.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { choose, chosenTheme, nextTheme, type Theme } from './theme.js';

const WORDS: Readonly<Record<Theme, readonly [sign: string, text: string]>> = {
  system: ['◐', 'System'],
  light: ['○', 'Light'],
  dark: ['●', 'Dark'],
};

export function ThemeButton(): JSX.Element {
  const [theme, setTheme] = useState(chosenTheme);
  const [sign, text] = WORDS[theme];
  const turn = (): void => {
    const next = nextTheme(theme);
    choose(next);
    setTheme(next);
  };
  return (
    <button
      type="button"
      class="button quiet"
      onClick={turn}
      aria-label={`Theme: ${text}. Change it`}
    >
      <span aria-hidden="true">{sign}</span> <span class="wide-only">{text}</span>
    </button>
  );
}
