/** Something that runs until it is closed. */
export interface Closeable {
  close(): Promise<void>
}

/** For what an `AsyncDisposableStack` adopts: it closes in reverse, all of it even if one fails. */
export function close(opened: Closeable): Promise<void> {
  return opened.close()
}
