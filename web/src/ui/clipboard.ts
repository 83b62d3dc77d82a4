/**
 * Copies text and says whether it worked. Browsers give the clipboard to secure pages only, and a
 * server at home is often reached by plain http: there the old command does it.
 */
export async function copyText(value: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(value)
      return true
    } catch (thrown) {
      if (!(thrown instanceof DOMException)) throw thrown
    }
  }
  return copyByCommand(value)
}

function copyByCommand(value: string): boolean {
  const focused = document.activeElement
  const area = document.createElement('textarea')
  area.value = value
  area.className = 'visually-hidden'
  document.body.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}
