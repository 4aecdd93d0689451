import { isFindingCode, type MeantFinding, parseMeant } from './finding-levels.ts'

/** Nobody answers more of them by hand, and a release's notes are a stranger's text. */
const most = 50

/**
 * The findings that the notes of a release call meant: lines `meant: name-removed: demo:old`, as an item of a list or in
 * a code span too, or one line with a JSON list of them. What names no code is somebody's prose and no answer.
 */
export function meantLines(notes: string): readonly MeantFinding[] {
  const found = notes.split(/\r?\n/).flatMap((line) => {
    const said = /^\s*(?:[-*+]\s+)?`?meant:\s*(.+?)`?\s*$/i.exec(line)?.[1]
    return said === undefined ? [] : entriesOf(said).map(parseMeant)
  })
  return found.filter(({ code }) => isFindingCode(code)).slice(0, most)
}

function entriesOf(said: string): readonly string[] {
  if (!said.startsWith('[')) return [said]
  try {
    const list: unknown = JSON.parse(said)
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** A finding as it is written: `name-removed: demo:old`, or the code alone. */
export const sayMeant = ({ code, what }: MeantFinding): string => (what === null ? code : `${code}: ${what}`)
