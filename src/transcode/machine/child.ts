import { codeOf } from '../../base/index.ts'

/** Nothing of ours is inherited by a child process, least of all secrets. [F04] */
export const CHILD_ENVIRONMENT = { LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1' }

/** Signals the whole process group that `pid` leads; one that is gone already is as good. */
export function killGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ESRCH') throw thrown
  }
}
