import type { Parameter } from './parameter.ts'

/** Keeps what many modules say alike once. */
export interface TextPool {
  /** The same text, of which no longer one is kept alive: a part of a string holds on to all of it. */
  text(part: string): string
  /** The same parameters, as they were said first. */
  parameters(list: readonly Parameter[]): readonly Parameter[]
}

/** For the outlines of all modules of a package, and of both its releases. */
export function createTextPool(): TextPool {
  const texts = new Map<string, string>()
  const lists = new Map<string, readonly Parameter[]>()
  return {
    text: (part) => {
      const known = texts.get(part)
      if (known !== undefined) return known
      const copy = part.length < shortestPart ? part : Buffer.from(part).toString()
      texts.set(copy, copy)
      return copy
    },
    parameters: (list) => {
      const key = list.map(({ name, kind, required }) => `${name} ${kind} ${required}`).join()
      const known = lists.get(key)
      if (known === undefined) lists.set(key, list)
      return known ?? list
    },
  }
}

/** V8 copies what is shorter. */
const shortestPart = 13
