/** What a TypeScript declaration file offers, read from its words alone. */
export interface Declarations {
  /** Exported names; `default` and `=` among them. */
  readonly exported: ReadonlySet<string>
  /** Files whose exports it passes on as a whole. */
  readonly stars: readonly string[]
  /** `export =` beside other exports, which TypeScript refuses (TS2309). */
  readonly conflict: boolean
}

/** Reads the exports at the top level of a declaration file. */
export function readDeclarations(text: string): Declarations {
  const exported = new Set<string>()
  // Lines that no person wrote cost more to read than they tell.
  if (/[^\n]{5000}/.test(text)) return { exported, stars: [], conflict: false }
  const stars: string[] = []
  for (const statement of topLevelStatements(text)) {
    const said = statement.replace(/^export\s+declare\s+/, 'export ').trim()
    const list = /^export\s+(?:type\s+)?\{([^}]*)\}/.exec(said)
    const star = /^export\s+(?:type\s+)?\*\s*(?:as\s+([\w$]+)\s*)?from\s*['"]([^'"]+)['"]/.exec(said)
    const named =
      /^export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const\s+enum|const|let|var|function\*?|class|interface|type|enum|namespace|module|import(?:\s+type)?)\s+([\w$]+)/.exec(
        said,
      )
    if (/^export\s*=/.test(said)) exported.add('=')
    else if (/^export\s+default\b/.test(said)) exported.add('default')
    else if (list?.[1] !== undefined) {
      for (const part of list[1].split(',')) {
        const name = part
          .trim()
          .split(/\s+as\s+/)
          .at(-1)
          ?.replace(/^type\s+/, '')
          .trim()
        if (name !== undefined && name !== '') exported.add(name)
      }
    } else if (star !== null) {
      if (star[1] === undefined) stars.push(star[2] ?? '')
      else exported.add(star[1])
    } else if (named?.[1] !== undefined) exported.add(named[1])
  }
  const others = [...exported].some((name) => name !== '=') || stars.length > 0
  return { exported, stars, conflict: exported.has('=') && others }
}

/** The statements outside of all braces, without comments. */
function topLevelStatements(text: string): readonly string[] {
  const plain = text.replaceAll(/\/\*[\s\S]*?\*\/|(^|[^:'"`])\/\/[^\n]*/g, '$1')
  const found: string[] = []
  let depth = 0
  for (const line of plain.split('\n')) {
    const starts = depth === 0 && /^\s*export\b/.test(line)
    if (starts) found.push(line.trim())
    else if (found.length > 0 && isOpen(found.at(-1) ?? '')) found[found.length - 1] += ` ${line.trim()}`
    const quiet = line.replaceAll(/(['"`])(?:\\.|(?!\1).)*\1/g, '')
    for (const sign of quiet) {
      if (sign === '{' || sign === '(' || sign === '[') depth += 1
      else if ((sign === '}' || sign === ')' || sign === ']') && depth > 0) depth -= 1
    }
  }
  return found.flatMap((statement) => statement.split(/;\s*(?=export\b)/))
}

/** A list of names that goes on in the next line. */
const isOpen = (statement: string): boolean => /^export\s+(?:type\s+)?\{[^}]*$/.test(statement)
