/** A share of the budget, given back once. */
export interface BodyShare {
  /** Takes more; false when there is no room, and nothing is taken then. */
  grow(bytes: number): boolean
  release(): void
}

/** How much memory all unfinished bodies may take together. */
export interface BodyBudget {
  /** Null when there is no room for so many bytes. */
  take(bytes: number): BodyShare | null
  /** Bytes taken now, the most there are, and how often somebody was turned away. */
  figures(): { readonly used: number; readonly most: number; readonly refused: number }
}

export function createBodyBudget(mostBytes: number): BodyBudget {
  let used = 0
  let refused = 0
  const fits = (bytes: number): boolean => {
    // One body alone may always come: its own limit is above it.
    if (used > 0 && used + bytes > mostBytes) {
      refused += 1
      return false
    }
    used += bytes
    return true
  }
  return {
    take(bytes) {
      if (!fits(bytes)) return null
      let mine = bytes
      return {
        grow(more) {
          if (!fits(more)) return false
          mine += more
          return true
        },
        release() {
          used -= mine
          mine = 0
        },
      }
    },
    figures: () => ({ used, most: mostBytes, refused }),
  }
}
