/**
 * The word that a person most likely meant, or null when none is near: at most `allowed` edits, without it one for
 * every three letters, two at least. Upper and lower case count as equal; ties go to the earlier word.
 */
export function nearestWord(
  given: string,
  words: readonly string[],
  allowed = Math.max(2, Math.floor(given.length / 3)),
): string | null {
  if (given.length > 60) return null
  let best: { word: string; edits: number } | null = null
  for (const word of words) {
    const edits = editsBetween(given.toLowerCase(), word.toLowerCase())
    if (edits <= allowed && edits < word.length && (best === null || edits < best.edits))
      best = { word, edits }
  }
  return best === null ? null : best.word
}

/** Optimal string alignment distance: inserted, missing, changed and swapped neighbouring letters. */
function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1
      const options = [
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + changed,
        swapped(a, b, row, column) ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      ]
      current.push(Math.min(...options))
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

const swapped = (a: string, b: string, row: number, column: number) =>
  row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]

const at = (row: readonly number[], column: number) => row[column] ?? Number.POSITIVE_INFINITY
