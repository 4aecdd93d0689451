/** Something that GitHub has and the stand-in has not; it fails the run by name instead of guessing. */
export class Unsupported extends Error {
  constructor(what: string) {
    super(`not supported by the stand-in's runner: ${what}`)
  }
}

/** What an expression may read, and how the job stands. */
export interface Scope {
  readonly contexts: Readonly<Record<string, unknown>>
  readonly status: { readonly success: boolean; readonly failure: boolean }
}

interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'sign' | 'end'
  readonly text: string
}

const shapes =
  /\s*(?:(?<number>-?\d+(?:\.\d+)?)|'(?<string>(?:[^']|'')*)'|(?<name>[A-Za-z_][\w-]*)|(?<sign>&&|\|\||==|!=|<=|>=|[<>!()[\],.*]))/y

function tokens(text: string): Token[] {
  const found: Token[] = []
  shapes.lastIndex = 0
  let at = 0
  while (text.slice(at).trim() !== '') {
    shapes.lastIndex = at
    const match = shapes.exec(text)
    if (match?.groups === undefined)
      throw new Unsupported(`expression "${text.trim()}" from "${text.slice(at)}"`)
    const kind = (['number', 'string', 'name', 'sign'] as const).find(
      (name) => match.groups?.[name] !== undefined,
    )
    if (kind !== undefined) found.push({ kind, text: match.groups[kind] ?? '' })
    at = shapes.lastIndex
  }
  return [...found, { kind: 'end', text: '' }]
}

/** Text of a value inside a string, as GitHub writes it. */
function asText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? 'Object' : String(value)
}

function truthy(value: unknown): boolean {
  return !(value === null || value === undefined || value === false || value === '' || value === 0)
}

function asNumber(value: unknown): number {
  if (value === null || value === undefined) return 0
  return typeof value === 'object' ? Number.NaN : Number(value)
}

function equal(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left.toLowerCase() === right.toLowerCase()
  if (typeof left === 'object' && left !== null) return left === right
  if (typeof left === typeof right) return left === right
  return asNumber(left) === asNumber(right)
}

function member(value: unknown, name: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null
  const wanted = String(name).toLowerCase()
  const entry = Object.entries(value).find(([key]) => key.toLowerCase() === wanted)
  return entry?.[1] ?? null
}

type Call = (args: readonly unknown[], scope: Scope) => unknown

const functions: Readonly<Record<string, Call>> = {
  fromjson: ([text]) => JSON.parse(asText(text)),
  tojson: ([value]) => JSON.stringify(value ?? null, null, 2),
  contains: ([where, what]) =>
    Array.isArray(where)
      ? where.some((entry) => equal(entry, what))
      : asText(where).toLowerCase().includes(asText(what).toLowerCase()),
  startswith: ([text, start]) => asText(text).toLowerCase().startsWith(asText(start).toLowerCase()),
  endswith: ([text, end]) => asText(text).toLowerCase().endsWith(asText(end).toLowerCase()),
  join: ([list, by]) =>
    Array.isArray(list) ? list.map(asText).join(by === undefined ? ',' : asText(by)) : asText(list),
  format: ([text, ...values]) =>
    asText(text).replace(/\{(\d+)\}/g, (_, place) => asText(values[Number(place)])),
  always: () => true,
  success: (_, scope) => scope.status.success,
  failure: (_, scope) => scope.status.failure,
  cancelled: () => false,
}

/** One expression, read and computed in one pass; both sides of `&&` and `||` are computed, which has no effects. */
class Reader {
  readonly #tokens: readonly Token[]
  readonly #scope: Scope
  readonly #text: string
  #at = 0

  constructor(text: string, scope: Scope) {
    this.#tokens = tokens(text)
    this.#scope = scope
    this.#text = text.trim()
  }

  value(): unknown {
    const value = this.#or()
    if (this.#peek().kind !== 'end') throw new Unsupported(`expression "${this.#text}"`)
    return value
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' }
  }

  #take(sign: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'sign' || token.text !== sign) return false
    this.#at += 1
    return true
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw new Unsupported(`expression "${this.#text}": expected ${sign}`)
  }

  #or(): unknown {
    let left = this.#and()
    while (this.#take('||')) {
      const right = this.#and()
      left = truthy(left) ? left : right
    }
    return left
  }

  #and(): unknown {
    let left = this.#comparison()
    while (this.#take('&&')) {
      const right = this.#comparison()
      left = truthy(left) ? right : left
    }
    return left
  }

  #comparison(): unknown {
    const left = this.#unary()
    if (this.#take('==')) return equal(left, this.#unary())
    if (this.#take('!=')) return !equal(left, this.#unary())
    if (this.#take('<=')) return asNumber(left) <= asNumber(this.#unary())
    if (this.#take('>=')) return asNumber(left) >= asNumber(this.#unary())
    if (this.#take('<')) return asNumber(left) < asNumber(this.#unary())
    if (this.#take('>')) return asNumber(left) > asNumber(this.#unary())
    return left
  }

  #unary(): unknown {
    if (this.#take('!')) return !truthy(this.#unary())
    let value = this.#primary()
    for (;;) {
      if (this.#take('.')) value = member(value, this.#name())
      else if (this.#take('[')) {
        value = member(value, this.#or())
        this.#expect(']')
      } else return value
    }
  }

  #name(): string {
    const token = this.#peek()
    if (token.kind !== 'name') throw new Unsupported(`expression "${this.#text}": ${token.text || 'its end'}`)
    this.#at += 1
    return token.text
  }

  #primary(): unknown {
    if (this.#take('(')) {
      const value = this.#or()
      this.#expect(')')
      return value
    }
    const token = this.#peek()
    if (token.kind === 'number' || token.kind === 'string') {
      this.#at += 1
      return token.kind === 'number' ? Number(token.text) : token.text.replaceAll("''", "'")
    }
    const name = this.#name()
    if (name === 'true' || name === 'false') return name === 'true'
    if (name === 'null') return null
    return this.#take('(') ? this.#call(name) : this.#context(name)
  }

  #call(name: string): unknown {
    const call = functions[name.toLowerCase()]
    if (call === undefined) throw new Unsupported(`function ${name}() in "${this.#text}"`)
    const args: unknown[] = []
    while (!this.#take(')')) {
      args.push(this.#or())
      if (!this.#take(',') && this.#peek().text !== ')') this.#expect(')')
    }
    return call(args, this.#scope)
  }

  #context(name: string): unknown {
    if (!Object.hasOwn(this.#scope.contexts, name))
      throw new Unsupported(`context ${name} in "${this.#text}"`)
    return this.#scope.contexts[name]
  }
}

/** The value of an expression without its braces. */
export function evaluate(text: string, scope: Scope): unknown {
  return new Reader(text, scope).value()
}

/** A text with every `${{ … }}` replaced. */
export function interpolate(text: string, scope: Scope): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, inner: string) => asText(evaluate(inner, scope)))
}

/** Whether an `if:` lets a step or job run; without a status function it means `success() && …`. */
export function allows(condition: string | undefined, scope: Scope): boolean {
  if (condition === undefined) return scope.status.success
  const inner = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(condition)?.[1] ?? condition
  const asked = /\b(always|success|failure|cancelled)\s*\(/i.test(inner)
  return truthy(evaluate(inner, scope)) && (asked || scope.status.success)
}
