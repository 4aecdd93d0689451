import type { Run } from './actions.ts'
import { parseWorkflow } from './runner/workflow.ts'

interface Group {
  readonly running: AbortController
  /** The one run that waits; a later one takes its place. */
  waiting: ((turn: 'run' | 'cancelled') => void) | null
}

/** `concurrency` of workflows: one run at a time in a group, one waits, and those between are cancelled. */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>()

  /** Resolves when the run may go on, or as `cancelled` when a later one took its place. */
  async enter(run: Run, own: AbortController): Promise<'cancelled' | { leave(): void }> {
    const { concurrency } = parseWorkflow(run.workflow.text, run.workflow.path)
    if (concurrency === null) return { leave: () => {} }
    const github = {
      workflow: run.workflow.name,
      ref: `refs/heads/${run.branch}`,
      run_id: String(run.id),
      event_name: run.event,
    }
    const scope = { contexts: { github, inputs: run.inputs }, status: { success: true, failure: false } }
    const key = `${run.repository.id} ${concurrency.group(scope).toLowerCase()}`
    const present = this.#groups.get(key)
    if (present === undefined) return this.#hold(key, own, null)
    present.waiting?.('cancelled')
    if (concurrency.cancelInProgress) present.running.abort()
    const turn = await new Promise<'run' | 'cancelled'>((resolve) => {
      present.waiting = resolve
    })
    if (turn === 'cancelled') return 'cancelled'
    return this.#hold(key, own, this.#groups.get(key)?.waiting ?? null)
  }

  /** Lets nobody wait any longer. */
  stop(): void {
    for (const { waiting } of this.#groups.values()) waiting?.('cancelled')
  }

  #hold(key: string, running: AbortController, waiting: Group['waiting']): { leave(): void } {
    const group: Group = { running, waiting }
    this.#groups.set(key, group)
    return {
      leave: () => {
        const next = group.waiting
        group.waiting = null
        if (next === null) this.#groups.delete(key)
        else next('run')
      },
    }
  }
}
