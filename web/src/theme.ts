import { signal } from '@preact/signals'
import { readPreference, writePreference } from './preferences.ts'

export const THEMES = ['system', 'light', 'dark'] as const
/** Light or dark, or as the system has it at the moment. */
export type Theme = (typeof THEMES)[number]

export const theme = signal<Theme>(themeOf(readPreference('theme')))

/** Shows the pages in these colours from now on, on this machine. */
export function changeTheme(chosen: Theme): void {
  theme.value = chosen
  writePreference('theme', chosen === 'system' ? null : chosen)
  applyTheme()
}

/** The style sheets follow `data-theme`; without it they follow the system. */
export function applyTheme(): void {
  const { dataset } = document.documentElement
  if (theme.value === 'system') delete dataset['theme']
  else dataset['theme'] = theme.value
}

function themeOf(remembered: string | null): Theme {
  return THEMES.find((name) => name === remembered) ?? 'system'
}
