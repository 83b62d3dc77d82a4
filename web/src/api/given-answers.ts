/** So long after the page was opened its answers are as good as asked for. */
const FRESH_MS = 15_000

/**
 * Answers of the API that the server wrote into the page it was opened with, each good for one
 * question. So the first picture waits for no request but that of the page.
 */
export class GivenAnswers {
  readonly #byPath: Map<string, unknown>

  constructor(answers: Readonly<Record<string, unknown>>) {
    this.#byPath = new Map(Object.entries(answers))
  }

  /** The answer to `GET path`; undefined: there is none, or it was taken or has grown old. */
  peek(path: string): unknown {
    return performance.now() < FRESH_MS ? this.#byPath.get(path) : undefined
  }

  take(path: string): unknown {
    const answer = this.peek(path)
    this.#byPath.delete(path)
    return answer
  }
}

/** Those of this page; a page of a server that writes none has none. */
export function readGivenAnswers(): GivenAnswers {
  const element = document.getElementById('answers')
  const answers: unknown = JSON.parse(element?.textContent ?? '{}')
  element?.remove()
  return new GivenAnswers({ ...(typeof answers === 'object' ? answers : {}) })
}
