import { text } from '../strings.ts'

/**
 * The sentence to show for a failed request or chat command: ours in the language of the pages,
 * else the server's own.
 */
export function messageOf(error: { readonly code: string; readonly message: string }): string {
  const { code, message } = error
  if (code === 'web.unreachable') return text.faults.unreachable
  const { byCode } = text.faults
  if (Object.hasOwn(byCode, code)) return byCode[code] ?? message
  return message === '' ? text.faults.failed : message
}

/**
 * The one of `fields` that an error code speaks of, as `accounts.display-name-invalid` does of
 * `display_name`; null when it concerns the whole form.
 */
export function fieldOf<Field extends string>(
  code: string,
  fields: readonly Field[],
): Field | null {
  const fault = code.split('.')[1] ?? ''
  return fields.find((field) => fault.startsWith(`${field.replaceAll('_', '-')}-`)) ?? null
}
