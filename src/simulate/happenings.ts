/** What may happen next in a rollout that is played. */
export type Happening = { readonly at: number } & (
  | { readonly kind: 'tick' }
  | { readonly kind: 'answer'; readonly canary: number; readonly try: number }
  /** Ordinary runs of repositories with a key have come in. */
  | { readonly kind: 'runs' }
  /** A broken user's report, and whether the maintainers recognise the bug in it. */
  | { readonly kind: 'report'; readonly recognised: boolean }
  | { readonly kind: 'false-alarm' }
  /** A maintainer looks at the tracking issue. */
  | { readonly kind: 'look' }
  /** A maintainer takes the release back. */
  | { readonly kind: 'take-back' }
)

/** Happenings in the order of their times; of equal times, in the order in which they were added. */
export interface Agenda {
  add(happening: Happening): void
  take(): Happening | null
}

export function createAgenda(): Agenda {
  // Latest first, so that the next one is taken from the end. There are a few dozen at most.
  const waiting: Happening[] = []
  return {
    add(happening) {
      let index = waiting.length
      while (index > 0 && (waiting[index - 1]?.at ?? 0) <= happening.at) index -= 1
      waiting.splice(index, 0, happening)
    },
    take: () => waiting.pop() ?? null,
  }
}
