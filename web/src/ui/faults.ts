import type { ApiError } from '../api/client.ts'
import { text } from '../strings.ts'

/** The sentence to show for a failed request: the server's own, else ours. */
export function messageOf(error: ApiError): string {
  if (error.code === 'web.unreachable') return text.faults.unreachable
  return error.message === '' ? text.faults.failed : error.message
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
