/** `ENOSPC` and the like of an error of Node; the error's name for any other. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name
}
