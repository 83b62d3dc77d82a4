import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Keeps `count` cores busy with nothing, at normal priority, until it is stopped. */
export function startHogs(count: number): { stop(): Promise<void> } {
  const hogs: readonly ChildProcess[] = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  )
  return {
    stop: async () => {
      await Promise.all(
        hogs.map(async (hog) => {
          const gone = once(hog, 'exit')
          hog.kill('SIGKILL')
          await gone
        }),
      )
    },
  }
}
