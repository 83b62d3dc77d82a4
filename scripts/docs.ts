// Writes the two documents that are tables of the code: docs/ERRORS.md and docs/CONFIG.md.
// `npm run format` runs it; test/tidy.test.ts compares.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { faultCodes, faultOf, warningCodes, warningOf } from '../src/base/index.ts'
import { environmentName, flagName, SETTINGS, settingNames } from '../src/config.ts'

/** Both documents, by path from the root. */
export function documents(): readonly { readonly path: string; readonly text: string }[] {
  return [
    { path: 'docs/ERRORS.md', text: formatErrors() },
    { path: 'docs/CONFIG.md', text: formatConfig() },
  ]
}

function formatErrors(): string {
  const rows = faultCodes().map((code) => {
    const { http, ws, help } = faultOf(code)
    return `| \`${code}\` | ${http ?? ''} | ${ws ?? ''} | ${cell(help)} |`
  })
  const warnings = warningCodes().map((code) => `| \`${code}\` | ${cell(warningOf(code))} |`)
  return `# Errors

Every fault that Vibly reports, by its code. An API answer carries it as \`{"error":{"code","message","request_id"}}\` with the
HTTP status; a chat socket is closed with the WebSocket code (4000 to 4499: do not come back as you are; 4500 and up: come back
later); a log line has \`code\`, the sentence and the facts. \`{name}\` stands for the fact of that name.

Written from \`src/base/faults/\` by \`npm run format\`.

| code | HTTP | WS | what it says |
|---|---|---|---|
${rows.join('\n')}

## Warnings

What does not end a broadcast is told to its owner by a code, in \`GET /api/me/health\` and in the \`health\` frame of the chat
socket. Written from \`src/base/warnings.ts\`.

| code | what it says |
|---|---|
${warnings.join('\n')}
`
}

function formatConfig(): string {
  const rows = settingNames().map((name) => {
    const { fallbackText, unit, range, help } = SETTINGS[name]
    const amount = unit === '' || unit === range ? range : `${range} ${unit}`
    return `| \`${name}\` | \`${environmentName(name)}\` | \`--${flagName(name)}\` | ${cell(fallbackText)} | ${cell(amount)} | ${cell(help)} |`
  })
  return `# Settings

Each setting has a default. \`vibly.config.json\` in the folder that Vibly is started from comes before the default, the
environment before the file, a flag before all. An empty variable counts as not set. All are checked at start, every fault is
named at once, and a change needs a restart. In the file a dot is a level: \`{"hls": {"segmentMs": 2000}}\`.

Written from \`src/config.ts\` by \`npm run format\`.

| setting | environment | flag | default | range | what it is |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}

/** Text that stays within one cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

if (import.meta.main) {
  for (const { path, text } of documents()) {
    writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), text)
  }
}
